// What every object of the API is: shared, and counted so that tests can tell that nothing leaks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "pymetal/export.h"

namespace pymetal {

/// Inherit as `class Buffer : public Object<Buffer>`. Objects live in `std::shared_ptr`, and may be released on any
/// thread.
template <class T>
class PYMETAL_EXPORT Object : public std::enable_shared_from_this<T> {
 public:
  static std::int64_t live_objects() { return count().load(std::memory_order_relaxed); }

  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

 protected:
  Object() { count().fetch_add(1, std::memory_order_relaxed); }
  ~Object() { count().fetch_sub(1, std::memory_order_relaxed); }

 private:
  static std::atomic<std::int64_t>& count() {
    static std::atomic<std::int64_t> instance{0};
    return instance;
  }
};

}  // namespace pymetal
