// A number that only grows, and that threads can wait for.
#include "support/timeline.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "support/spin.h"

namespace pymetal::support {
namespace {

/// Signals often follow within microseconds, less than a sleep and a wake-up take.
constexpr std::chrono::microseconds kSpinTime(20);

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value, const timespec* timeout) {
  return syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), operation, value, timeout, nullptr, 0);
}

}  // namespace

bool Timeline::advance(std::uint64_t value) {
  std::uint64_t current = value_.load(std::memory_order_relaxed);
  while (current < value && !value_.compare_exchange_weak(current, value, std::memory_order_seq_cst)) {
  }
  if (current < value) wake();
  return current <= value;
}

void Timeline::wake() {
  changes_.fetch_add(1, std::memory_order_seq_cst);
  if (waiters_.load(std::memory_order_seq_cst) != 0) futex(changes_, FUTEX_WAKE, INT_MAX, nullptr);
}

bool Timeline::spin(std::uint64_t value) const {
  return spin_until([&] { return this->value() >= value; }, kSpinTime);
}

bool Timeline::wait(std::uint64_t value, Deadline deadline) {
  const std::uint32_t changes = changes_.load(std::memory_order_acquire);
  waiters_.fetch_add(1, std::memory_order_seq_cst);
  const Deadline now = std::chrono::steady_clock::now();
  if (this->value() < value && now < deadline) {
    const std::chrono::nanoseconds left = std::min<std::chrono::nanoseconds>(deadline - now, std::chrono::hours(1));
    const timespec timeout{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    futex(changes_, FUTEX_WAIT, changes, &timeout);
  }
  waiters_.fetch_sub(1, std::memory_order_relaxed);
  return this->value() >= value;
}

}  // namespace pymetal::support
