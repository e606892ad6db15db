// Loads and stores that belong together: the members of a structure, or the components of a vector, of every lane.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/Instructions.h"
#include "lowering/intrinsics.h"
#include "lowering/widen/shapes.h"

namespace pymetal::lowering {

/// Accesses of one type, at fixed distances from each other, whose addresses have one pattern. All of a simdgroup
/// together make few accesses to memory in a row, whose elements are then sorted by members.
struct AccessGroup {
  struct Member {
    llvm::Instruction* access;
    /// In elements, from the lowest one.
    unsigned index;
    /// How much of that distance was added to an index before it was extended.
    std::int64_t step = 0;
  };
  /// Neighbours among the members: the index of the first, and their number, a power of two.
  struct Stretch {
    unsigned index;
    unsigned length;
  };

  std::vector<Member> members;
  const LanePattern* pattern = nullptr;
  /// Where the lowest member of each lane lies, in elements from the first one of a row of moderate length that holds
  /// the members of all lanes; empty where there is no such row.
  std::vector<unsigned> row;
  /// Elements from the first one of a lane to its last, that one included.
  unsigned width = 0;
  /// The member in whose place the whole group stands.
  Member place{};
  /// What each lane loads from memory at once, where that is how the group is loaded.
  std::vector<Stretch> stretches;
  /// Where members differ by steps: the extension of the place's index, and the bytes that a step of one stands for.
  /// Distances are fixed only where no index wraps around.
  llvm::CastInst* extension = nullptr;
  std::int64_t step_size = 0;

  unsigned row_length() const;
  /// The lane that each element of the row belongs to, if only members did; or -1.
  std::vector<int> lanes_of_row() const;
};

/// How many lanes' elements of this size fill a wide register of the machine; at most a simdgroup's.
constexpr unsigned lanes_per_register(std::int64_t element_size) {
  const auto count = static_cast<unsigned>(64 / element_size);
  return count < kSimdgroupWidth ? count : kSimdgroupWidth;
}

class AccessGroups {
 public:
  AccessGroups(llvm::Function& kernel, const Shapes& shapes);
  /// The group of a load or store, or null.
  const AccessGroup* find(const llvm::Instruction* access) const { return groups_of_.lookup(access); }

 private:
  struct Candidate;
  void close_all(std::vector<Candidate>& open);
  void close(Candidate& candidate);

  std::vector<std::unique_ptr<AccessGroup>> groups_;
  llvm::DenseMap<const llvm::Instruction*, const AccessGroup*> groups_of_;
};

}  // namespace pymetal::lowering
