// The pieces of a simdgroup's function that lie between its barriers.
#pragma once

#include <vector>

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/Instructions.h"

namespace pymetal::backend::simd {

/// A region begins where the function does, or behind a barrier, and reaches up to the next ones. Regions may share
/// blocks, where ways from different barriers meet.
class BarrierRegions {
 public:
  struct Region {
    /// Behind a barrier, the block begins with the call.
    llvm::BasicBlock* first = nullptr;
    llvm::SetVector<llvm::BasicBlock*> blocks;
    /// The regions that may be next.
    llvm::SmallSetVector<unsigned, 4> next;
  };

  /// Splits blocks so that each barrier begins one, with one block before it.
  explicit BarrierRegions(llvm::Function& function);

  const std::vector<Region>& regions() const { return regions_; }
  bool has_barriers() const { return regions_.size() > 1; }
  /// The region that begins with `block`; null where none does.
  const unsigned* begun_by(const llvm::BasicBlock* block) const {
    const auto* found = beginnings_.find(block);
    return found == beginnings_.end() ? nullptr : &found->second;
  }
  /// Whether what was left behind in a region may be met again by the same region.
  bool comes_again(unsigned region) const;

 private:
  std::vector<Region> regions_;
  llvm::MapVector<const llvm::BasicBlock*, unsigned> beginnings_;
};

bool is_threadgroup_barrier(const llvm::Instruction& instruction);

}  // namespace pymetal::backend::simd
