// Runs numbered tasks on all cores that this process may use.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "support/lock_order.h"

namespace pymetal::support {

/// Hands out the numbers 0 … count - 1, in order, to several workers at once.
class PYMETAL_EXPORT TaskQueue {
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

class PYMETAL_EXPORT ThreadPool {
 public:
  /// Without threads; `shared()` starts them.
  explicit ThreadPool(unsigned concurrency);

  /// The pool of this process; a forked child has its own. It is never destroyed: threads may run until the process
  /// ends.
  static ThreadPool& shared();

  /// Calls `work` on the calling thread and on every idle worker, until all tasks are taken and each call has returned.
  /// Rethrows the first exception. Several threads may run jobs at once.
  void run(std::uint64_t count, const std::function<void(TaskRange&)>& work);

  /// Calls `work` on the calling thread alone: for what takes less than to wake another.
  static void run_here(std::uint64_t count, const std::function<void(TaskRange&)>& work);

  /// A function that was handed to the pool, and that one thread runs once.
  class PYMETAL_EXPORT Ticket {
   public:
    explicit Ticket(std::function<void()> function) : function_(std::move(function)) {}
    /// Runs the function here, unless a thread has taken it already. Returns whether it did.
    bool try_run();

   private:
    std::atomic<bool> is_taken_{false};
    std::function<void()> function_;
  };

  /// Lets an idle worker run the function, which must not throw. Where all are busy it waits its turn; who needs it
  /// sooner runs the ticket.
  std::shared_ptr<Ticket> submit(std::function<void()> function);

  /// Threads that take part in a job, the caller included.
  unsigned concurrency() const { return concurrency_; }

 private:
  struct Job;
  void start();
  void work_loop();
  static void take_part(Job& job);

  unsigned concurrency_;
  Mutex<LockRank::ThreadPool> mutex_;
  ConditionVariable has_work_;
  ConditionVariable has_finished_;
  std::deque<Job*> jobs_;
  std::deque<std::shared_ptr<Ticket>> tickets_;
  /// Jobs and tickets that were ever added. Written under the mutex; idle workers look at it without.
  std::atomic<std::uint64_t> arrivals_{0};
};

/// The number of cores this process may use: its affinity mask, and the quota of its control group.
PYMETAL_EXPORT unsigned usable_cores();

}  // namespace pymetal::support
