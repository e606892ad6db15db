// The control flow of a simdgroup: in which order the blocks of a kernel run, and where the code still branches.
#include "lowering/widen/linear_order.h"

#include "llvm/IR/CFG.h"
#include "llvm/IR/Instructions.h"
#include "lowering/block_order.h"

namespace pymetal::lowering {

LinearOrder::LinearOrder(llvm::Function& kernel, llvm::UniformityInfo& uniformity, llvm::LoopInfo& loops,
                         const Divergence& divergence, llvm::function_ref<bool(const llvm::BasicBlock&)> is_harmless)
    : loops_(loops), divergence_(divergence) {
  // The end of a loop follows its last block.
  const auto end_loops = [&](llvm::Loop* from, const llvm::BasicBlock* next) {
    for (; from != nullptr && (next == nullptr || !from->contains(next)); from = from->getParentLoop()) {
      if (!divergence_.is_divergent(from)) continue;
      loop_ends_[from] = static_cast<unsigned>(nodes_.size());
      nodes_.push_back({nullptr, from, {}, kNone});
    }
  };
  llvm::Loop* loop = nullptr;
  for (llvm::BasicBlock* block : order_blocks(kernel, loops_)) {
    end_loops(loop, block);
    loop = loops_.getLoopFor(block);
    blocks_[block] = static_cast<unsigned>(nodes_.size());
    nodes_.push_back({block, nullptr, {}, kNone});
  }
  end_loops(loop, nullptr);
  states_.resize(nodes_.size());
  for (unsigned i = 0; i < nodes_.size(); ++i) visit(i, uniformity, is_harmless);
}

/// Where an edge from a block whose innermost loop is `from` leads.
LinearOrder::Edge LinearOrder::follow(llvm::Loop* from, llvm::BasicBlock* to) const {
  Edge edge{index(to), {}};
  for (llvm::Loop* loop = from; loop != nullptr; loop = loop->getParentLoop()) {
    const bool goes_round = to == loop->getHeader();
    if (loop->contains(to) && !goes_round) break;
    if (divergence_.is_divergent(loop)) {
      edge.target = loop_ends_.lookup(loop);
      break;
    }
    if (goes_round) break;
    const Targets& behind = behind_loop_.find(loop)->second;
    edge.deferred.insert(behind.begin(), behind.end());
  }
  return edge;
}

/// Goes to the first of the targets, and defers the others to it. Returns that target.
unsigned LinearOrder::connect(Targets targets, bool may_be_empty, unsigned direct) {
  unsigned first = kNone;
  for (const unsigned target : targets) first = std::min(first, target);
  for (const unsigned target : targets)
    if (target != first) states_[first].deferred.insert(target);
  states_[first].may_be_empty |= may_be_empty || first != direct;
  return first;
}

void LinearOrder::visit(unsigned index, llvm::UniformityInfo& uniformity,
                        llvm::function_ref<bool(const llvm::BasicBlock&)> is_harmless) {
  Node& node = nodes_[index];
  Targets deferred = std::move(states_[index].deferred);
  bool is_empty = states_[index].may_be_empty;

  if (node.ended_loop != nullptr) {
    llvm::Loop* loop = node.ended_loop;
    Targets targets = behind_loop_[loop];
    llvm::SmallVector<llvm::BasicBlock*, 4> exits;
    loop->getUniqueExitBlocks(exits);
    for (llvm::BasicBlock* exit : exits) {
      const Edge edge = follow(loop->getParentLoop(), exit);
      targets.insert(edge.target);
      targets.insert(edge.deferred.begin(), edge.deferred.end());
    }
    node.next = {this->index(loop->getHeader())};
    if (targets.empty()) return;
    unsigned direct = kNone;
    if (exits.size() == 1 && targets.size() == 1) direct = *targets.begin();
    node.next.push_back(connect(targets, false, direct));
    return;
  }

  llvm::Loop* loop = loops_.getLoopFor(node.block);
  const bool is_header = loop != nullptr && loop->getHeader() == node.block;
  // Where nothing waits, every lane that is still on comes here.
  if (deferred.empty()) is_empty = false;
  if (is_empty && (is_header || !is_harmless(*node.block))) {
    node.skip = connect(deferred, true);
    is_empty = false;
  }
  node.may_be_empty = is_empty;
  if (is_header) {
    behind_loop_[loop] = std::move(deferred);
    deferred.clear();
  }

  llvm::SmallVector<Edge, 2> edges;
  for (llvm::BasicBlock* successor : llvm::successors(node.block)) edges.push_back(follow(loop, successor));
  if (edges.size() > 1 && uniformity.hasDivergentTerminator(*node.block)) {
    Targets targets = deferred;
    for (const Edge& edge : edges) {
      targets.insert(edge.target);
      targets.insert(edge.deferred.begin(), edge.deferred.end());
    }
    node.next = {connect(targets, true)};
    return;
  }
  for (const Edge& edge : edges) {
    if (edge.target <= index) {
      // Back to the header of a loop that all lanes leave together: nothing inside it waits.
      node.next.push_back(edge.target);
      continue;
    }
    Targets targets = deferred;
    targets.insert(edge.target);
    targets.insert(edge.deferred.begin(), edge.deferred.end());
    node.next.push_back(connect(targets, is_empty, edge.target));
  }
}

}  // namespace pymetal::lowering
