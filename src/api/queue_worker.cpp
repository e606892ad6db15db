// The thread that runs the command buffers of a queue.
#include "api/queue_worker.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "pymetal/command_buffer.h"

namespace pymetal {
namespace {

std::atomic<bool> process_is_ending{false};

/// From now on no thread begins another command buffer. Threads that are inside one end with the process.
void stop_when_process_ends() {
  static const int registered = std::atexit([] { process_is_ending.store(true, std::memory_order_relaxed); });
  static_cast<void>(registered);
}

}  // namespace

void QueueWorker::enqueue(const std::shared_ptr<CommandBuffer>& buffer) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({buffer.get(), nullptr});
}

void QueueWorker::commit(const std::shared_ptr<CommandBuffer>& buffer) {
  const std::lock_guard lock(mutex_);
  std::ranges::find(entries_, buffer.get(), &Entry::key)->committed = buffer;
  if (!is_started_) {
    stop_when_process_ends();
    std::thread([self = shared_from_this()] { self->work_loop(); }).detach();
    is_started_ = true;
  }
  changed_.notify_all();
}

void QueueWorker::forget(const CommandBuffer* buffer) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.key == buffer; });
  changed_.notify_all();
}

void QueueWorker::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  changed_.notify_all();
}

void QueueWorker::work_loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return entries_.empty() ? is_closed_ : entries_.front().committed != nullptr; });
    if (entries_.empty() || process_is_ending.load(std::memory_order_relaxed)) return;
    std::shared_ptr<CommandBuffer> buffer = std::move(entries_.front().committed);
    entries_.pop_front();
    lock.unlock();
    buffer->run();
    // Outside the lock: this may be the last reference to the buffer, and with it to the queue.
    buffer.reset();
    lock.lock();
  }
}

}  // namespace pymetal
