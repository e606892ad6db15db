// Carries bfloats as the integers that their bits are.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// Where a processor has no bfloat, LLVM would turn vectors that are only moved into float and back, by calls of a
/// library; and for scalars that go from block to block, into float and back by an instruction that flushes subnormals.
/// One of the last passes, and behind SoftenBfloat: no arithmetic is left.
struct CarryBfloat : llvm::PassInfoMixin<CarryBfloat> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager&);
  static bool isRequired() { return true; }
};

}  // namespace pymetal::lowering
