// Spells out the saturating conversions of vectors, for processors that have none.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// On x86, LLVM would convert such vectors a component at a time.
struct SaturateVectors : llvm::PassInfoMixin<SaturateVectors> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager&);
  static bool isRequired() { return true; }
};

}  // namespace pymetal::lowering
