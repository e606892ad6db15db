// Looks for the values that listeners of a shared event wait for.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "api/shared_event_memory.h"
#include "support/lock_order.h"

namespace pymetal {

/// A thread that sleeps on the event, since a signal may come from another process. It lives while something is due.
class SharedEventWatch : public std::enable_shared_from_this<SharedEventWatch> {
 public:
  explicit SharedEventWatch(std::shared_ptr<SharedEventMemory> memory);

  /// Calls `notify`, from any thread, once the value is reached.
  void add(std::uint64_t value, std::function<void()> notify);
  /// Calls what is due, and forgets the rest.
  void close();

 private:
  struct Due {
    std::uint64_t value;
    std::function<void()> notify;
  };
  void watch_loop();
  /// Takes what is reached out of the list.
  std::vector<Due> take_reached();

  std::shared_ptr<SharedEventMemory> memory_;
  support::Mutex<support::LockRank::SharedEventWatch> mutex_;
  /// Lowest value first.
  std::vector<Due> due_;
  bool is_watching_ = false;
  unsigned generation_ = 0;
};

}  // namespace pymetal
