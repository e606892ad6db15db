// Computes the constants of program scope that depend on function constants.
#pragma once

#include "llvm/IR/Module.h"

namespace pymetal::lowering {

/// Runs the functions of `llvm.global_ctors`, in their order. Function constants must have their values, and all
/// functions their definitions. Throws PipelineError where one does what only a thread of the grid can.
void evaluate_initializers(llvm::Module& module);

}  // namespace pymetal::lowering
