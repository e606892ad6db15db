// The control flow of a simdgroup: in which order the blocks of a kernel run, and where the code still branches.
#pragma once

#include <limits>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/UniformityAnalysis.h"
#include "lowering/widen/divergence.h"

namespace pymetal::lowering {

/// Where lanes part, the simdgroup runs both ways one after the other, each under a mask; where all go the same way, it
/// branches. A block that must run after another, though that one does not lead there, is deferred to it.
///
/// After Simon Moll and Sebastian Hack, "Partial Control-Flow Linearization", PLDI 2018. Beyond that paper, a deferred
/// block is passed over where no lane is on, and loops end in a node of their own, once no lane goes round again.
class LinearOrder {
 public:
  static constexpr unsigned kNone = std::numeric_limits<unsigned>::max();

  /// A block, or the end of a loop that lanes leave at different times.
  struct Node {
    llvm::BasicBlock* block = nullptr;
    llvm::Loop* ended_loop = nullptr;
    /// One node per successor where all lanes take the same; else the one that runs next.
    llvm::SmallVector<unsigned, 2> next;
    /// Where to go when no lane is on, or kNone where that cannot be or does no harm.
    unsigned skip = kNone;
    /// Whether the block may run while no lane is on.
    bool may_be_empty = false;
  };

  /// `is_harmless` tells whether a block may run while no lane is on.
  LinearOrder(llvm::Function& kernel, llvm::UniformityInfo& uniformity, llvm::LoopInfo& loops,
              const Divergence& divergence, llvm::function_ref<bool(const llvm::BasicBlock&)> is_harmless);

  const std::vector<Node>& nodes() const { return nodes_; }
  unsigned index(const llvm::BasicBlock* block) const { return blocks_.lookup(block); }

 private:
  using Targets = llvm::SmallSet<unsigned, 8>;
  struct State {
    Targets deferred;
    bool may_be_empty = false;
  };
  /// Where an edge leads, with the nodes that wait behind the loops it leaves.
  struct Edge {
    unsigned target;
    Targets deferred;
  };

  void visit(unsigned index, llvm::UniformityInfo& uniformity,
             llvm::function_ref<bool(const llvm::BasicBlock&)> is_harmless);
  Edge follow(llvm::Loop* from, llvm::BasicBlock* to) const;
  unsigned connect(Targets targets, bool may_be_empty, unsigned direct = kNone);

  llvm::LoopInfo& loops_;
  const Divergence& divergence_;
  std::vector<Node> nodes_;
  std::vector<State> states_;
  llvm::DenseMap<const llvm::BasicBlock*, unsigned> blocks_;
  llvm::DenseMap<const llvm::Loop*, unsigned> loop_ends_;
  /// What waits until a loop is left.
  llvm::DenseMap<const llvm::Loop*, Targets> behind_loop_;
};

}  // namespace pymetal::lowering
