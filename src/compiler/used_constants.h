// Which function constants each entry point reads.
#pragma once

#include "compiler/library.h"
#include "llvm/IR/Module.h"

namespace pymetal::compiler {

/// Fills the constants of every function of `library`. One is required where the function, or what it calls, reads it,
/// and nothing in the library asks whether it is defined.
void find_used_constants(llvm::Module& module, Library& library);

}  // namespace pymetal::compiler
