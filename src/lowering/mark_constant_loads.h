// Tells LLVM which memory no thread changes.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// A `constant` argument stays as it is while the kernel runs, whatever the kernel writes elsewhere: what is loaded
/// from it in a loop that stores may be loaded once.
class MarkConstantLoads : public llvm::PassInfoMixin<MarkConstantLoads> {
 public:
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace pymetal::lowering
