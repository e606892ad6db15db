// The memory that lanes read beside each other.
#pragma once

#include <cstdint>
#include <vector>

#include "lowering/widen/lane_pattern.h"

namespace pymetal::lowering {

/// Each of some lanes reads a run of bytes at its address. Here stand the different runs, in the order of memory.
class LaneRuns {
 public:
  struct Run {
    unsigned leader;
    std::int64_t offset;
    auto operator<=>(const Run&) const = default;
  };

  /// Of `count` lanes from `first` on, whose addresses have this pattern.
  LaneRuns(const LanePattern& pattern, unsigned first, unsigned count);

  std::size_t size() const { return runs_.size(); }
  const Run& operator[](std::size_t index) const { return runs_[index]; }
  /// Which run a lane reads, counted from the first lane.
  unsigned of_lane(unsigned lane) const { return of_lanes_[lane]; }
  /// Whether the runs from `begin` to `end` exist, and follow each other without a gap.
  bool are_adjacent(std::size_t begin, std::size_t end, std::int64_t bytes) const;
  /// How many loads read the runs from `begin` to `end`, when halves are tried where not all are adjacent.
  unsigned loads(std::size_t begin, std::size_t end, std::int64_t bytes) const;

 private:
  std::vector<Run> runs_;
  std::vector<unsigned> of_lanes_;
};

}  // namespace pymetal::lowering
