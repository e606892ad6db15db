// Counts the living objects of a class, so that tests can tell that nothing leaks.
#pragma once

#include <atomic>
#include <cstdint>

#include "pymetal/export.h"

namespace pymetal {

/// Inherit as `class Buffer : Counted<Buffer>`.
template <class T>
class PYMETAL_EXPORT Counted {
 public:
  static std::int64_t live_objects() { return count().load(std::memory_order_relaxed); }

 protected:
  Counted() { count().fetch_add(1, std::memory_order_relaxed); }
  Counted(const Counted&) : Counted() {}
  Counted& operator=(const Counted&) = default;
  ~Counted() { count().fetch_sub(1, std::memory_order_relaxed); }

 private:
  static std::atomic<std::int64_t>& count() {
    static std::atomic<std::int64_t> instance{0};
    return instance;
  }
};

}  // namespace pymetal
