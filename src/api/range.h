// Checks ranges of bytes without overflow.
#pragma once

#include <string>

#include "pymetal/geometry.h"

namespace pymetal {

inline bool lies_within(Range range, std::uint64_t length) {
  return range.location <= length && range.length <= length - range.location;
}

/// "256 bytes from 64 on".
inline std::string to_string(Range range) {
  return std::to_string(range.length) + " bytes from " + std::to_string(range.location) + " on";
}

}  // namespace pymetal
