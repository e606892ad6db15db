// From a line of MSL to IR, for tests that look at its shape.
#pragma once

#include <string>

#include "compiler/library.h"
#include "llvm/IR/Module.h"
#include "pipeline/compute_pipeline.h"

namespace pymetal::tests {

/// Compiles MSL that begins behind the standard header.
compiler::Library compile(const std::string& source);

/// The canonical form of the only kernel of `source`.
pipeline::CanonicalKernel canonical(const std::string& source, const FunctionConstantValues& constants = {});

/// Instructions of one kind in the module.
template <class Instruction>
int count(const llvm::Module& module) {
  int found = 0;
  for (const llvm::Function& function : module)
    for (const llvm::BasicBlock& block : function)
      for (const llvm::Instruction& instruction : block) found += llvm::isa<Instruction>(instruction);
  return found;
}

/// Calls of the function of that name.
int count_calls(const llvm::Module& module, llvm::StringRef name);

/// The module as text.
std::string text_of(const llvm::Module& module);

}  // namespace pymetal::tests
