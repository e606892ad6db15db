// Converts halves to integers by way of float, which holds each of them.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// With AVX512-FP16, LLVM 22 makes -32768 of a NaN that becomes a `short`, where 0 is right.
struct SaturateHalves : llvm::PassInfoMixin<SaturateHalves> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager&);
  static bool isRequired() { return true; }
};

}  // namespace pymetal::lowering
