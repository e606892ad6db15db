// How much of its stack the calling thread has left.
#include "support/stack.h"

#include <pthread.h>

#include <cstdint>

namespace pymetal::support {
namespace {

struct Bounds {
  std::uintptr_t low = 0;
  std::uintptr_t high = 0;
};

Bounds find_bounds() {
  Bounds bounds;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return bounds;
  void* address = nullptr;
  std::size_t size = 0;
  std::size_t guard = 0;
  if (pthread_attr_getstack(&attributes, &address, &size) == 0 && pthread_attr_getguardsize(&attributes, &guard) == 0) {
    bounds.low = reinterpret_cast<std::uintptr_t>(address) + guard;
    bounds.high = reinterpret_cast<std::uintptr_t>(address) + size;
  }
  pthread_attr_destroy(&attributes);
  return bounds;
}

}  // namespace

std::size_t stack_left() {
  // The system looks it up in a file.
  thread_local const Bounds bounds = find_bounds();
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return here > bounds.low && here < bounds.high ? here - bounds.low : 0;
}

}  // namespace pymetal::support
