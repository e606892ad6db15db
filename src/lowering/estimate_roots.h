// Computes rsqrt from AVX-512's estimate, in place of a root and a quotient.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// For machines with AVX-512. `src/device/math/roots.cpp` rounds rsqrt correctly from any value that is off by less
/// than some units in the last place: 1 / sqrt(x), which keeps the divider busy for 34 cycles, or the estimate, which
/// is off by 2^-14 at most, and one of Newton's steps. The results are the same bits.
struct EstimateRoots : llvm::PassInfoMixin<EstimateRoots> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager&);
  static bool isRequired() { return true; }
};

}  // namespace pymetal::lowering
