// What a thread does beyond the end of its own arrays must not reach the memory of others.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// Sends accesses beyond a local variable to spare bytes behind it: programs count on their being harmless, as on a
/// GPU. What is read there is undefined.
class GuardPrivateArrays : public llvm::PassInfoMixin<GuardPrivateArrays> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace pymetal::lowering
