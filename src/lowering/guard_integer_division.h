// Integer division by zero does not trap in Metal; on most CPUs it does.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// Divides by 1 where the divisor is 0, or -1 with the smallest dividend. The results are the dividend, and 0 for
/// remainders.
class GuardIntegerDivision : public llvm::PassInfoMixin<GuardIntegerDivision> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager&);
};

}  // namespace pymetal::lowering
