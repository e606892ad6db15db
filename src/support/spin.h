// Looks again and again for what comes sooner than a sleeping thread would wake.
#pragma once

#include <chrono>

namespace pymetal::support {

/// Tells the core that this is a loop that waits.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Asks until the answer is yes or the time is over; returns the last answer. Hold no lock.
template <typename Condition>
bool spin_until(const Condition& condition, std::chrono::microseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    relax();
  }
  return true;
}

}  // namespace pymetal::support
