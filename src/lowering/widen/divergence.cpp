// Where the lanes of a simdgroup part, and where they meet again.
#include "lowering/widen/divergence.h"

#include "llvm/IR/CFG.h"

namespace pymetal::lowering {

Divergence::Divergence(llvm::Function& kernel, llvm::UniformityInfo& uniformity, llvm::LoopInfo& loops,
                       llvm::PostDominatorTree& post_dominators) {
  for (llvm::BasicBlock& block : kernel) {
    if (!uniformity.hasDivergentTerminator(block)) continue;
    const auto* node = post_dominators.getNode(&block);
    const auto* parent = node ? node->getIDom() : nullptr;
    const llvm::BasicBlock* meeting_point = parent ? parent->getBlock() : nullptr;

    // All that lies between the branch and the first block that every lane passes.
    llvm::SmallPtrSet<const llvm::BasicBlock*, 16> between;
    llvm::SmallVector<llvm::BasicBlock*, 16> open(llvm::successors(&block));
    while (!open.empty()) {
      llvm::BasicBlock* next = open.pop_back_val();
      if (next == meeting_point || !between.insert(next).second) continue;
      open.append(llvm::succ_begin(next), llvm::succ_end(next));
    }
    partial_.insert(between.begin(), between.end());
    joined_.insert(between.begin(), between.end());
    if (meeting_point != nullptr) joined_.insert(meeting_point);

    between.insert(&block);
    for (llvm::Loop* loop = loops.getLoopFor(&block); loop != nullptr; loop = loop->getParentLoop()) {
      llvm::SmallVector<llvm::BasicBlock*, 4> exiting;
      loop->getExitingBlocks(exiting);
      if (llvm::any_of(exiting, [&](llvm::BasicBlock* exit) { return between.contains(exit); })) loops_.insert(loop);
    }
  }
}

}  // namespace pymetal::lowering
