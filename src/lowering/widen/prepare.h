// Brings a canonical kernel to the control flow and the values that widening expects.
#pragma once

#include "llvm/IR/Function.h"
#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// Afterwards the kernel has one exit and no switches; its loops have one entry and one latch, and what they compute
/// leaves them through phis; short vectors are taken apart where that is possible, and copies of memory are loops.
void prepare_for_widening(llvm::Function& kernel, llvm::FunctionAnalysisManager& analyses);

/// After branches were added: what is no longer needed goes, and loops have their form again.
void tidy(llvm::Function& kernel, llvm::FunctionAnalysisManager& analyses);

}  // namespace pymetal::lowering
