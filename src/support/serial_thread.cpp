// A thread that runs functions one after another.
#include "support/serial_thread.h"

#include <pthread.h>

#include <thread>

#include "support/process.h"

namespace pymetal::support {

SerialThread::SerialThread(const char* name) : state_(std::make_shared<State>()) {
  state_->name = name;
  state_->generation = process_generation();
}

SerialThread::~SerialThread() {
  const std::lock_guard lock(state_->mutex);
  state_->is_closed = true;
  state_->has_work.notify_all();
}

void SerialThread::post(std::function<void()> function) {
  if (state_->generation != process_generation()) {
    // The old state's mutex may be held by a thread that the fork left behind.
    static_cast<void>(new std::shared_ptr<State>(state_));
    auto fresh = std::make_shared<State>();
    fresh->name = state_->name;
    fresh->generation = process_generation();
    state_ = std::move(fresh);
  }
  const std::lock_guard lock(state_->mutex);
  state_->functions.push_back(std::move(function));
  if (!state_->is_started) {
    std::thread([state = state_] { work_loop(state); }).detach();
    state_->is_started = true;
  }
  state_->has_work.notify_one();
}

void SerialThread::work_loop(const std::shared_ptr<State>& state) {
  pthread_setname_np(pthread_self(), state->name);
  std::unique_lock lock(state->mutex);
  for (;;) {
    state->has_work.wait(lock, [&] { return !state->functions.empty() || state->is_closed; });
    if (state->functions.empty() || process_is_ending()) return;
    {
      const std::function<void()> function = std::move(state->functions.front());
      state->functions.pop_front();
      lock.unlock();
      function();
      // What the function holds goes here, outside the lock.
    }
    lock.lock();
  }
}

}  // namespace pymetal::support
