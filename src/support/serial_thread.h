// A thread that runs functions one after another.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "support/lock_order.h"

namespace pymetal::support {

/// The thread starts with the first function. It ends when the object is gone and everything posted has run. A copy of
/// a forked process drops what was posted before the fork, and starts a thread of its own.
class PYMETAL_EXPORT SerialThread {
 public:
  /// `name` shows in debuggers; at most 15 characters.
  explicit SerialThread(const char* name);
  ~SerialThread();
  SerialThread(const SerialThread&) = delete;
  SerialThread& operator=(const SerialThread&) = delete;

  /// Any thread may post, a function that is running included. A function must not throw.
  void post(std::function<void()> function);

 private:
  struct State {
    Mutex<LockRank::SerialThread> mutex;
    ConditionVariable has_work;
    std::deque<std::function<void()>> functions;
    const char* name = nullptr;
    bool is_started = false;
    bool is_closed = false;
    unsigned generation = 0;
  };
  static void work_loop(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace pymetal::support
