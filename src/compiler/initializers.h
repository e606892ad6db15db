// Ties each variable of program scope to the function that computes it when a pipeline is made.
#pragma once

#include <vector>

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/Module.h"

namespace pymetal::compiler {

/// Takes Clang's list of initialisers apart: each becomes metadata of its variable.
void attach_initializers(llvm::Module& module);

/// The functions and variables that `roots` lead to, by way of initialisers as well. Reads the bodies of those
/// functions, where the module has not read them yet; throws PipelineError where that fails.
llvm::SmallPtrSet<llvm::Constant*, 32> reachable_from(llvm::ArrayRef<llvm::Constant*> roots);

/// The initialisers of those variables that `reached` holds, in order of the text.
std::vector<llvm::Function*> initializers_of(const llvm::SmallPtrSetImpl<llvm::Constant*>& reached);

}  // namespace pymetal::compiler
