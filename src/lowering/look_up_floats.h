// Looks up floats that four bits stand for.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// For machines with AVX-512, whose vpermps takes each lane from a table of 16 floats. What programs compute from four
/// bits and constants, as `float(int(byte & 15) - 8)` of quantised weights, becomes such a table: one instruction for a
/// mask, a difference and a conversion. The results are the same bits.
struct LookUpFloats : llvm::PassInfoMixin<LookUpFloats> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager&);
  static bool isRequired() { return true; }
};

}  // namespace pymetal::lowering
