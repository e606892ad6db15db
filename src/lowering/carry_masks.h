// Carries the masks of simdgroups as integers of 32 bits, for processors without registers for masks.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// There, LLVM makes bytes of a `<32 x i1>`, and turns them into lanes of 32 bits and back at each use. This keeps
/// lanes that are 0 or -1, and compares them with 0 just where an instruction wants the mask. The last of the passes:
/// others would undo it.
struct CarryMasks : llvm::PassInfoMixin<CarryMasks> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager&);
  static bool isRequired() { return true; }
};

}  // namespace pymetal::lowering
