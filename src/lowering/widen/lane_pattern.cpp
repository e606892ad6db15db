// How the values that lanes hold differ from lane to lane, as far as that is known while a kernel is compiled.
#include "lowering/widen/lane_pattern.h"

#include <algorithm>

namespace pymetal::lowering {

LanePattern LanePattern::strided(std::int64_t stride) {
  LanePattern pattern;
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane) pattern.offsets[lane] = lane * stride;
  return pattern;
}

LanePattern LanePattern::in_rows(unsigned length) {
  LanePattern pattern;
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane) pattern.offsets[lane] = lane % length;
  return pattern;
}

LanePattern LanePattern::of_rows(unsigned length) {
  LanePattern pattern;
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane) pattern.offsets[lane] = lane / length;
  return pattern;
}

std::vector<unsigned> LanePattern::classes() const {
  std::vector<unsigned> found;
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane)
    if (leaders[lane] == lane) found.push_back(lane);
  return found;
}

bool LanePattern::has_one_class() const {
  return std::ranges::all_of(leaders, [](unsigned leader) { return leader == 0; });
}

std::optional<std::int64_t> LanePattern::stride() const {
  return has_one_class() && *this == strided(offsets[1]) ? std::optional(offsets[1]) : std::nullopt;
}

std::pair<std::int64_t, std::int64_t> LanePattern::range() const {
  const auto [least, greatest] = std::ranges::minmax(offsets);
  return {least, greatest};
}

std::pair<std::int64_t, std::int64_t> LanePattern::range_of_class(unsigned leader) const {
  std::pair<std::int64_t, std::int64_t> range{0, 0};
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane) {
    if (leaders[lane] != leader) continue;
    range.first = std::min(range.first, offsets[lane]);
    range.second = std::max(range.second, offsets[lane]);
  }
  return range;
}

std::vector<LanePattern::Row> LanePattern::rows(std::int64_t stride) const {
  std::vector<Row> found;
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane) {
    if (leaders[lane] == lane) found.push_back({lane, 0});
    Row& row = found.back();
    if (leaders[lane] != row.first || offsets[lane] != stride * row.count) return {};
    ++row.count;
  }
  return found;
}

LanePattern LanePattern::scaled(std::int64_t factor) const {
  LanePattern result = *this;
  for (std::int64_t& offset : result.offsets) offset *= factor;
  return result;
}

LanePattern LanePattern::combined(const LanePattern& other, int sign) const {
  LanePattern result;
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane) {
    unsigned leader = 0;
    while (leaders[leader] != leaders[lane] || other.leaders[leader] != other.leaders[lane]) ++leader;
    result.leaders[lane] = static_cast<std::uint8_t>(leader);
    result.offsets[lane] = offsets[lane] - offsets[leader] + sign * (other.offsets[lane] - other.offsets[leader]);
  }
  return result;
}

LanePattern LanePattern::split() const {
  LanePattern result;
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane) {
    unsigned leader = 0;
    while (leaders[leader] != leaders[lane] || offsets[leader] != offsets[lane]) ++leader;
    result.leaders[lane] = static_cast<std::uint8_t>(leader);
  }
  return result;
}

}  // namespace pymetal::lowering
