// The plain values that describe grids and ranges.
#pragma once

#include <cstdint>

namespace pymetal {

struct Origin {
  std::uint64_t x = 0;
  std::uint64_t y = 0;
  std::uint64_t z = 0;
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Size {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint64_t depth = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

/// A half-open range: `length` units that start at `location`. Bytes, for buffers.
struct Range {
  std::uint64_t location = 0;
  std::uint64_t length = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

}  // namespace pymetal
