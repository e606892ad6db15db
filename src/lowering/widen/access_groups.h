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

/// Accesses of one type, at fixed distances from each other, to elements that follow each other from lane to lane. All
/// of a simdgroup together make one access to memory in a row, whose elements are then sorted by members.
struct AccessGroup {
  struct Member {
    llvm::Instruction* access;
    /// In elements, from the lowest one.
    unsigned index;
  };
  std::vector<Member> members;
  /// Elements from one lane's to the next lane's.
  unsigned stride = 0;
  /// Elements from the first one of a lane to its last, that one included.
  unsigned width = 0;
  /// The member in whose place the whole group stands.
  Member place{};

  /// Elements of the row that holds the members of all lanes.
  unsigned row_length() const { return (kSimdgroupWidth - 1) * stride + width; }
};

class AccessGroups {
 public:
  AccessGroups(llvm::Function& kernel, const Shapes& shapes);
  /// The group of a load or store, or null.
  const AccessGroup* find(const llvm::Instruction* access) const { return groups_of_.lookup(access); }

 private:
  struct Candidate;
  void close_all(std::vector<Candidate>& open);

  std::vector<std::unique_ptr<AccessGroup>> groups_;
  llvm::DenseMap<const llvm::Instruction*, const AccessGroup*> groups_of_;
};

}  // namespace pymetal::lowering
