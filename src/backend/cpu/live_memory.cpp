// Knows where the memory of all resources lies, and the code of kernels with their constants.
#include "backend/cpu/live_memory.h"

#include <map>
#include <mutex>
#include <shared_mutex>

#include "support/process.h"

namespace pymetal::backend::cpu {
namespace {

struct Ranges {
  std::shared_mutex mutex;
  /// From the first byte to the length.
  std::map<std::uint64_t, std::uint64_t> ranges;
};

/// Never destroyed: threads may run until the process ends.
Ranges& all() {
  static auto* ranges = new Ranges;
  return *ranges;
}

}  // namespace

LiveMemory::LiveMemory(const void* begin, std::uint64_t length) : begin_(reinterpret_cast<std::uint64_t>(begin)) {
  const support::ForkDelay delay;
  const std::unique_lock lock(all().mutex);
  all().ranges.emplace(begin_, length);
}

LiveMemory::~LiveMemory() {
  const support::ForkDelay delay;
  const std::unique_lock lock(all().mutex);
  all().ranges.erase(begin_);
}

bool LiveMemory::contains(std::uint64_t address, std::uint64_t size) {
  const support::ForkDelay delay;
  const std::shared_lock lock(all().mutex);
  auto range = all().ranges.upper_bound(address);
  if (range == all().ranges.begin()) return false;
  --range;
  const std::uint64_t offset = address - range->first;
  return size <= range->second && offset <= range->second - size;
}

}  // namespace pymetal::backend::cpu
