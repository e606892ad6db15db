// A number that only grows, and that threads, of this process or of others, can wait for.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "pymetal/export.h"

namespace pymetal::support {

using Deadline = std::chrono::steady_clock::time_point;

/// May lie in memory that processes share: it holds no lock and no address, so a process that dies harms no other.
class PYMETAL_EXPORT Timeline {
 public:
  std::uint64_t value() const { return value_.load(std::memory_order_acquire); }
  /// Raises the value; a lower one has no effect. Returns false for a value below the present one.
  bool advance(std::uint64_t value);
  /// Looks for some microseconds, less than a sleep and a wake-up take. Returns whether the value is reached.
  bool spin(std::uint64_t value) const;
  /// Sleeps until the value changes, the deadline passes, or `wake()` is called. Returns whether `value` is reached.
  bool wait(std::uint64_t value, Deadline deadline);
  /// Lets every waiter look about itself.
  void wake();

 private:
  std::atomic<std::uint64_t> value_{0};
  /// What the kernel compares: it changes with the value.
  std::atomic<std::uint32_t> changes_{0};
  std::atomic<std::uint32_t> waiters_{0};
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

}  // namespace pymetal::support
