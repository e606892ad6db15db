// Spells out fused multiply-add of floats, for processors that have none.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// LLVM would call the C library for each component. The results are the same: rounded once. Where there are many,
/// a function stands for them, since it is long.
struct ExpandFma : llvm::PassInfoMixin<ExpandFma> {
  static llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager&);
  static bool isRequired() { return true; }
};

}  // namespace pymetal::lowering
