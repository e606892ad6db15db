// The order in which the lanes of a simdgroup pass the blocks of a kernel.
#include "lowering/block_order.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/CFG.h"

namespace pymetal::lowering {
namespace {

class BlockOrder {
 public:
  explicit BlockOrder(const llvm::LoopInfo& loops) : loops_(loops) {}

  /// Appends the blocks of a loop, or of the function. A unit is a block of this loop, or a whole loop in it, for which
  /// its header stands.
  void append(llvm::BasicBlock* entry, const llvm::Loop* loop) {
    struct Frame {
      llvm::BasicBlock* head;
      llvm::SmallVector<llvm::BasicBlock*, 4> open;
    };
    llvm::SmallPtrSet<llvm::BasicBlock*, 32> seen{entry};
    llvm::SmallVector<llvm::BasicBlock*, 32> post_order;
    llvm::SmallVector<Frame, 32> stack;
    stack.push_back({entry, successors(entry, entry, loop)});
    while (!stack.empty()) {
      if (stack.back().open.empty()) {
        post_order.push_back(stack.pop_back_val().head);
        continue;
      }
      llvm::BasicBlock* next = stack.back().open.pop_back_val();
      if (seen.insert(next).second) stack.push_back({next, successors(next, entry, loop)});
    }
    for (llvm::BasicBlock* head : llvm::reverse(post_order)) {
      const llvm::Loop* inner = loops_.getLoopFor(head);
      if (inner == loop)
        blocks_.push_back(head);
      else
        append(head, inner);
    }
  }

  std::vector<llvm::BasicBlock*> take() { return std::move(blocks_); }

 private:
  llvm::BasicBlock* unit(llvm::BasicBlock* block, const llvm::Loop* loop) const {
    const llvm::Loop* inner = loops_.getLoopFor(block);
    while (inner != loop && inner->getParentLoop() != loop) inner = inner->getParentLoop();
    return inner == loop ? block : inner->getHeader();
  }

  llvm::SmallVector<llvm::BasicBlock*, 4> successors(llvm::BasicBlock* head, llvm::BasicBlock* entry,
                                                     const llvm::Loop* loop) const {
    llvm::SmallVector<llvm::BasicBlock*, 4> targets;
    const llvm::Loop* inner = loops_.getLoopFor(head);
    if (inner == loop)
      targets.append(llvm::succ_begin(head), llvm::succ_end(head));
    else
      inner->getExitBlocks(targets);
    llvm::SmallSetVector<llvm::BasicBlock*, 4> found;
    for (llvm::BasicBlock* next : targets)
      if ((loop == nullptr || loop->contains(next)) && next != entry) found.insert(unit(next, loop));
    found.remove(head);
    return {found.begin(), found.end()};
  }

  const llvm::LoopInfo& loops_;
  std::vector<llvm::BasicBlock*> blocks_;
};

}  // namespace

std::vector<llvm::BasicBlock*> order_blocks(llvm::Function& function, const llvm::LoopInfo& loops) {
  BlockOrder order(loops);
  order.append(&function.getEntryBlock(), nullptr);
  return order.take();
}

}  // namespace pymetal::lowering
