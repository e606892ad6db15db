// The memory that lanes read beside each other.
#include "lowering/widen/lane_runs.h"

#include <algorithm>

namespace pymetal::lowering {

LaneRuns::LaneRuns(const LanePattern& pattern, unsigned first, unsigned count) {
  std::vector<Run> of_lanes;
  for (unsigned lane = first; lane < first + count; ++lane)
    of_lanes.push_back({pattern.leaders[lane], pattern.offsets[lane]});
  runs_ = of_lanes;
  std::ranges::sort(runs_);
  runs_.erase(std::ranges::unique(runs_).begin(), runs_.end());
  for (const Run& run : of_lanes)
    of_lanes_.push_back(static_cast<unsigned>(std::ranges::lower_bound(runs_, run) - runs_.begin()));
}

bool LaneRuns::are_adjacent(std::size_t begin, std::size_t end, std::int64_t bytes) const {
  if (end > size()) return false;
  for (std::size_t i = begin + 1; i < end; ++i)
    if (runs_[i].leader != runs_[i - 1].leader || runs_[i].offset != runs_[i - 1].offset + bytes) return false;
  return true;
}

unsigned LaneRuns::loads(std::size_t begin, std::size_t end, std::int64_t bytes) const {
  if (begin >= size()) return 0;
  if (are_adjacent(begin, end, bytes)) return 1;
  const std::size_t middle = begin + (end - begin) / 2;
  return loads(begin, middle, bytes) + loads(middle, end, bytes);
}

}  // namespace pymetal::lowering
