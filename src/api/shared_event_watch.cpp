// Looks for the values that listeners of a shared event wait for.
#include "api/shared_event_watch.h"

#include <pthread.h>

#include <algorithm>
#include <thread>

#include "support/process.h"

namespace pymetal {

SharedEventWatch::SharedEventWatch(std::shared_ptr<SharedEventMemory> memory) : memory_(std::move(memory)) {}

void SharedEventWatch::add(std::uint64_t value, std::function<void()> notify) {
  const std::lock_guard lock(mutex_);
  due_.insert(std::ranges::upper_bound(due_, value, {}, &Due::value), {value, std::move(notify)});
  if (!is_watching_ || generation_ != support::process_generation()) {
    generation_ = support::process_generation();
    std::thread([self = shared_from_this()] { self->watch_loop(); }).detach();
    is_watching_ = true;
  }
  memory_->timeline().wake();
}

std::vector<SharedEventWatch::Due> SharedEventWatch::take_reached() {
  const std::uint64_t value = memory_->timeline().value();
  const auto end = std::ranges::upper_bound(due_, value, {}, &Due::value);
  std::vector<Due> reached(std::move_iterator(due_.begin()), std::move_iterator(end));
  due_.erase(due_.begin(), end);
  return reached;
}

void SharedEventWatch::close() {
  std::vector<Due> reached;
  std::vector<Due> forgotten;
  {
    const std::lock_guard lock(mutex_);
    reached = take_reached();
    forgotten.swap(due_);
  }
  for (const Due& due : reached) due.notify();
  memory_->timeline().wake();
}

void SharedEventWatch::watch_loop() {
  pthread_setname_np(pthread_self(), "pymetal-event");
  for (;;) {
    std::vector<Due> reached;
    std::uint64_t next = 0;
    {
      const std::lock_guard lock(mutex_);
      reached = take_reached();
      if (reached.empty() && due_.empty()) {
        is_watching_ = false;
        return;
      }
      if (reached.empty()) next = due_.front().value;
    }
    for (const Due& due : reached) due.notify();
    if (next != 0) memory_->timeline().wait(next, std::chrono::steady_clock::now() + std::chrono::hours(1));
  }
}

}  // namespace pymetal
