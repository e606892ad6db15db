// Gathers and scatters without branches, for processors that have no instruction for them.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// LLVM makes a branch for each lane of a gather or scatter that the processor cannot do at once: 32 blocks, which run
/// slowly and take long to compile. Lanes that are off get the address of a word that nobody needs, so that all lanes
/// access memory.
struct AimInactiveLanes : llvm::PassInfoMixin<AimInactiveLanes> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
  static bool isRequired() { return true; }
};

}  // namespace pymetal::lowering
