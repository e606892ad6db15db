// The life of the process: forks, and its end.
#include "support/process.h"

#include <pthread.h>

#include <atomic>
#include <cstdlib>

namespace pymetal::support {
namespace {

std::atomic<unsigned> generation{0};
std::atomic<bool> is_ending{false};

std::atomic<bool> is_forking{false};
/// Threads that hold a ForkDelay.
std::atomic<int> delays{0};
thread_local int own_delays = 0;

void begin_fork() {
  is_forking.store(true);
  for (int count = delays.load(); count != 0; count = delays.load()) delays.wait(count);
}

void end_fork() {
  is_forking.store(false);
  is_forking.notify_all();
}

void begin_child() {
  generation.fetch_add(1, std::memory_order_relaxed);
  end_fork();
}

const bool is_registered = [] {
  pthread_atfork(&begin_fork, &end_fork, &begin_child);
  std::atexit([] { is_ending.store(true, std::memory_order_relaxed); });
  return true;
}();

}  // namespace

ForkDelay::ForkDelay() {
  if (own_delays++ > 0) return;
  // Either the fork sees this thread, or this thread sees the fork.
  while (delays.fetch_add(1), is_forking.load()) {
    if (delays.fetch_sub(1) == 1) delays.notify_all();
    is_forking.wait(true);
  }
}

ForkDelay::~ForkDelay() {
  if (--own_delays > 0) return;
  if (delays.fetch_sub(1) == 1 && is_forking.load()) delays.notify_all();
}

unsigned process_generation() { return generation.load(std::memory_order_relaxed); }
bool process_is_ending() { return is_ending.load(std::memory_order_relaxed); }

}  // namespace pymetal::support
