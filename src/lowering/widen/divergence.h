// Where the lanes of a simdgroup part, and where they meet again.
#pragma once

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/Analysis/UniformityAnalysis.h"

namespace pymetal::lowering {

class Divergence {
 public:
  Divergence(llvm::Function& kernel, llvm::UniformityInfo& uniformity, llvm::LoopInfo& loops,
             llvm::PostDominatorTree& post_dominators);

  /// Whether lanes that took different ways may stand in this block at different times, or meet here.
  bool is_joined(const llvm::BasicBlock* block) const { return joined_.contains(block); }
  /// Whether some lanes of the simdgroup may be elsewhere while others run this block.
  bool is_partial(const llvm::BasicBlock* block) const { return partial_.contains(block); }
  /// Whether some lanes may leave the loop before others.
  bool is_divergent(const llvm::Loop* loop) const { return loops_.contains(loop); }

 private:
  llvm::SmallPtrSet<const llvm::BasicBlock*, 16> joined_;
  llvm::SmallPtrSet<const llvm::BasicBlock*, 16> partial_;
  llvm::SmallPtrSet<const llvm::Loop*, 4> loops_;
};

}  // namespace pymetal::lowering
