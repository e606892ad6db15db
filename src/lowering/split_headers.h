// Gives loops a header of their own where LLVM's divergence analysis needs one.
#pragma once

#include "llvm/IR/PassManager.h"

namespace pymetal::lowering {

/// UniformityInfo overlooks that lanes leave a loop in different rounds, if it is the loop's header where they part and
/// both ways stay in the loop. A block in front of the branch makes it see.
struct SplitHeaders : llvm::PassInfoMixin<SplitHeaders> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace pymetal::lowering
