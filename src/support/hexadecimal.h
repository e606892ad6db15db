// Writes addresses.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace pymetal::support {

/// "0x1f"
inline std::string hexadecimal(std::uint64_t number) {
  char text[20];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace pymetal::support
