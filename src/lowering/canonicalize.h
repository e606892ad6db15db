// Brings a linked module to the canonical form that every executor starts from.
#pragma once

#include "llvm/IR/Module.h"

namespace pymetal::lowering {

/// Leaves one function, `mtl.kernel`, with everything inlined and simplified under SIMT rules, and the constants it
/// reads. The caller has made it the only external definition.
void canonicalize(llvm::Module& module);

/// Removes every function and variable that `mtl.kernel` does not reach.
void drop_unreachable(llvm::Module& module);

}  // namespace pymetal::lowering
