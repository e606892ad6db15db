// Makes float functions of the functions of half vectors, for processors that have arithmetic of float only.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// On x86, LLVM would work out the components one by one, some by calls of the C library. The last of the passes:
/// others turn float functions of halves into half functions.
struct PromoteHalf : llvm::PassInfoMixin<PromoteHalf> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager&);
  static bool isRequired() { return true; }
};

}  // namespace pymetal::lowering
