// Runs numbered tasks on all cores that this process may use.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>

namespace pymetal::support {

/// Hands out the numbers 0 … count - 1, in order, to several workers at once.
class TaskQueue {
 public:
  TaskQueue(std::uint64_t count, unsigned workers) : count_(count), workers_(workers) {}

  struct Chunk {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  /// Takes a chunk: large at first, single tasks towards the end, so that workers finish together. Empty at the end.
  Chunk claim();

  bool is_exhausted() const { return next_.load(std::memory_order_relaxed) >= count_; }
  /// Hands out no more.
  void stop() { next_.store(count_, std::memory_order_relaxed); }

 private:
  std::uint64_t count_;
  unsigned workers_;
  std::atomic<std::uint64_t> next_{0};
};

/// The tasks that one worker takes.
class TaskRange {
 public:
  explicit TaskRange(TaskQueue& queue) : queue_(queue) {}

  /// The next task, or none when all are taken or one has failed.
  std::optional<std::uint64_t> next() {
    if (chunk_.begin == chunk_.end) chunk_ = queue_.claim();
    if (chunk_.begin == chunk_.end) return std::nullopt;
    return chunk_.begin++;
  }

 private:
  TaskQueue& queue_;
  TaskQueue::Chunk chunk_;
};

class ThreadPool {
 public:
  /// The pool of this process. It is never destroyed: threads may run until the process ends.
  static ThreadPool& shared();

  /// Calls `work` on the calling thread and on every idle worker, until all tasks are taken and each call has returned.
  /// Rethrows the first exception. Several threads may run jobs at once.
  void run(std::uint64_t count, const std::function<void(TaskRange&)>& work);

  /// Threads that take part in a job, the caller included.
  unsigned concurrency() const { return concurrency_; }

 private:
  struct Job;
  explicit ThreadPool(unsigned concurrency);
  void work_loop();
  static void take_part(Job& job);

  unsigned concurrency_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_finished_;
  std::deque<Job*> jobs_;
};

/// The number of cores this process may use: its affinity mask, and the quota of its control group.
unsigned usable_cores();

}  // namespace pymetal::support
