// The life of the process: forks, and its end.
#include "support/process.h"

#include <pthread.h>

#include <atomic>
#include <cstdlib>

namespace pymetal::support {
namespace {

std::atomic<unsigned> generation{0};
std::atomic<bool> is_ending{false};

const bool is_registered = [] {
  pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });
  std::atexit([] { is_ending.store(true, std::memory_order_relaxed); });
  return true;
}();

}  // namespace

unsigned process_generation() { return generation.load(std::memory_order_relaxed); }
bool process_is_ending() { return is_ending.load(std::memory_order_relaxed); }

}  // namespace pymetal::support
