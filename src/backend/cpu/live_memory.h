// Knows where the memory of all resources lies, and the code of kernels with their constants.
#pragma once

#include <cstdint>

namespace pymetal::backend::cpu {

/// A range of addresses that is in use as long as this object lives. Ranges do not overlap.
class LiveMemory {
 public:
  LiveMemory(const void* begin, std::uint64_t length);
  ~LiveMemory();
  LiveMemory(const LiveMemory&) = delete;
  LiveMemory& operator=(const LiveMemory&) = delete;

  /// Whether all of these bytes lie in one range. Any thread may ask.
  static bool contains(std::uint64_t address, std::uint64_t size);

 private:
  std::uint64_t begin_;
};

}  // namespace pymetal::backend::cpu
