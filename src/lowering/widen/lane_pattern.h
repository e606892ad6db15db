// How the values that lanes hold differ from lane to lane, as far as that is known while a kernel is compiled.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "lowering/intrinsics.h"

namespace pymetal::lowering {

/// Lanes of one class hold values that differ by constants. A class is named after its first lane, the leader.
struct LanePattern {
  std::array<std::uint8_t, kSimdgroupWidth> leaders{};
  /// What each lane's value is more than its leader's.
  std::array<std::int64_t, kSimdgroupWidth> offsets{};

  static LanePattern strided(std::int64_t stride);
  /// Of rows of so many lanes: each lane's place in its row, and the number of the row.
  static LanePattern in_rows(unsigned length);
  static LanePattern of_rows(unsigned length);
  auto operator<=>(const LanePattern&) const = default;

  std::vector<unsigned> classes() const;
  bool has_one_class() const;
  /// The difference from lane to lane, where it is the same for all.
  std::optional<std::int64_t> stride() const;
  /// The least and the greatest offset.
  std::pair<std::int64_t, std::int64_t> range() const;
  std::pair<std::int64_t, std::int64_t> range_of_class(unsigned leader) const;

  /// Lanes one after the other.
  struct Row {
    unsigned first;
    unsigned count;
  };
  /// Where each class is a row whose values differ by `stride` from lane to lane; otherwise nothing.
  std::vector<Row> rows(std::int64_t stride) const;

  LanePattern scaled(std::int64_t factor) const;
  /// What the sum of two values differs by; `sign` is -1 for their difference.
  LanePattern combined(const LanePattern& other, int sign) const;
  /// One class for each offset: what is left when values are multiplied by a number that only the running code knows.
  LanePattern split() const;
};

}  // namespace pymetal::lowering
