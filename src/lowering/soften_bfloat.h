// Makes arithmetic on float of arithmetic on bfloat, and integer operations of the conversions between the two.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// CPUs have no bfloat, or one that flushes subnormals; integers to bfloat would be rounded twice, by way of float.
struct SoftenBfloat : llvm::PassInfoMixin<SoftenBfloat> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager&);
  static bool isRequired() { return true; }
};

}  // namespace pymetal::lowering
