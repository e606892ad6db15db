// The loops that run simdgroups one after the other.
#pragma once

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"

namespace pymetal::backend::simd {

struct LoopOverSimdgroups {
  llvm::Loop* loop;
  /// The place of the simdgroup among those that the function runs.
  llvm::PHINode* index;
  /// Asks whether there is another one, in the latch.
  llvm::ICmpInst* compare;
};

/// Those of a `kSimdgroupsFunction`. Each gets a preheader.
llvm::SmallVector<LoopOverSimdgroups, 8> find_simdgroup_loops(llvm::Function& function, llvm::DominatorTree& dominators,
                                                              llvm::LoopInfo& loops);

}  // namespace pymetal::backend::simd
