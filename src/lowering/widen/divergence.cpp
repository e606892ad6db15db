// Where the lanes of a simdgroup part, and where they meet again.
#include "lowering/widen/divergence.h"

#include "llvm/IR/CFG.h"

namespace pymetal::lowering {
namespace {

using ConstBlocks = llvm::SmallPtrSet<const llvm::BasicBlock*, 16>;

ConstBlocks blocks_between(llvm::BasicBlock& branch, const llvm::BasicBlock* end) {
  ConstBlocks between;
  llvm::SmallVector<llvm::BasicBlock*, 16> open(llvm::successors(&branch));
  while (!open.empty()) {
    llvm::BasicBlock* next = open.pop_back_val();
    if (next == end || !between.insert(next).second) continue;
    open.append(llvm::succ_begin(next), llvm::succ_end(next));
  }
  return between;
}

/// Whether one may begin another round of a loop between the branch and the end, both of which it holds.
bool goes_round(llvm::BasicBlock& branch, const llvm::BasicBlock& end, const ConstBlocks& between,
                llvm::LoopInfo& loops) {
  for (const llvm::Loop* loop = loops.getLoopFor(&branch); loop != nullptr; loop = loop->getParentLoop())
    if (loop->contains(&end) && &end != loop->getHeader() && between.contains(loop->getHeader())) return true;
  return false;
}

}  // namespace

Divergence::Divergence(llvm::Function& kernel, llvm::UniformityInfo& uniformity, llvm::LoopInfo& loops,
                       llvm::PostDominatorTree& post_dominators) {
  for (llvm::BasicBlock& block : kernel) {
    if (!uniformity.hasDivergentTerminator(block)) continue;
    // All that lies between the branch and the first block that every lane passes. Lanes that go round a loop first
    // come to a block inside it later than others: there they do not meet.
    const auto* meeting = post_dominators.getNode(&block);
    const llvm::BasicBlock* meeting_point = nullptr;
    ConstBlocks between;
    do {
      meeting = meeting ? meeting->getIDom() : nullptr;
      meeting_point = meeting ? meeting->getBlock() : nullptr;
      between = blocks_between(block, meeting_point);
    } while (meeting_point != nullptr && goes_round(block, *meeting_point, between, loops));
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
