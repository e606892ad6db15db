// Checks the order of locks, and perturbs the schedule.
#include "support/lock_order.h"

#ifdef PYMETAL_CHECK_THREADS

#include <sched.h>
#include <time.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace pymetal::support {
namespace {

/// Bit r is set while this thread holds a mutex of rank r.
thread_local unsigned held_ranks = 0;

std::uint32_t next_random() {
  static std::atomic<std::uint32_t> seed{[] {
    const char* text = std::getenv("PYMETAL_PERTURB");
    return text == nullptr ? 0u : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
  }()};
  thread_local std::uint32_t state = seed.fetch_add(0x9e3779b9u) | 1u;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

}  // namespace

void note_lock(LockRank rank) {
  const unsigned bit = 1u << static_cast<int>(rank);
  if (held_ranks >= bit) {
    std::fprintf(stderr, "A mutex of rank %d is locked while ranks (bits %#x) are held.\n", static_cast<int>(rank),
                 held_ranks);
    std::abort();
  }
  held_ranks |= bit;
}

void note_unlock(LockRank rank) { held_ranks &= ~(1u << static_cast<int>(rank)); }

void perturb() {
  const std::uint32_t random = next_random();
  if (random % 4 == 0) sched_yield();
  if (random % 256 == 1) {
    const timespec pause{0, static_cast<long>(random >> 8 & 0x3fff)};
    nanosleep(&pause, nullptr);
  }
}

}  // namespace pymetal::support

#endif
