// Runs numbered tasks on all cores that this process may use.
#include "support/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "support/control_group.h"
#include "support/process.h"
#include "support/spin.h"

namespace pymetal::support {
namespace {

/// How long a thread without work looks for some before it sleeps: a core that sleeps in a virtual machine may take
/// milliseconds to come back, and the next dispatch often follows within this time.
constexpr std::chrono::microseconds kIdleTime(100);

}  // namespace

unsigned usable_cores() {
  unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) cores = std::max(1, CPU_COUNT(&mask));
  const std::optional<double> quota = control_group_cpus();
  return quota && *quota < cores ? std::max(1u, static_cast<unsigned>(std::ceil(*quota))) : cores;
}

TaskQueue::Chunk TaskQueue::claim() {
  std::uint64_t current = next_.load(std::memory_order_relaxed);
  while (current < count_) {
    const std::uint64_t size = std::max<std::uint64_t>(1, (count_ - current) / (4 * workers_));
    if (next_.compare_exchange_weak(current, current + size, std::memory_order_relaxed))
      return {current, current + size};
  }
  return {};
}

struct ThreadPool::Job {
  TaskQueue queue;
  const std::function<void(TaskRange&)>& work;
  /// Written under the pool's mutex.
  std::atomic<unsigned> workers{0};
  std::exception_ptr error;
  std::mutex error_mutex;
};

ThreadPool& ThreadPool::shared() {
  struct Shared {
    ThreadPool* pool;
    unsigned generation;
  };
  static std::atomic<const Shared*> shared{nullptr};
  const Shared* current = shared.load(std::memory_order_acquire);
  if (current != nullptr && current->generation == process_generation()) return *current->pool;
  // Only one becomes the pool; another that was made at the same time has no threads yet, and goes again.
  auto made = std::make_unique<ThreadPool>(usable_cores());
  const auto* candidate = new Shared{made.get(), process_generation()};
  if (!shared.compare_exchange_strong(current, candidate, std::memory_order_acq_rel)) {
    delete candidate;
    return *current->pool;
  }
  made.release()->start();
  return *candidate->pool;
}

ThreadPool::ThreadPool(unsigned concurrency) : concurrency_(concurrency) {}

void ThreadPool::start() {
  for (unsigned i = 1; i < concurrency_; ++i) {
    std::thread worker([this] { work_loop(); });
    // Here, and not in the thread, so that nobody sees it without its name.
    pthread_setname_np(worker.native_handle(), "pymetal-pool");
    worker.detach();
  }
}

bool ThreadPool::Ticket::try_run() {
  if (is_taken_.exchange(true, std::memory_order_acq_rel)) return false;
  // Moved out, so that what the function holds goes when it has run.
  const std::function<void()> function = std::move(function_);
  function();
  return true;
}

std::shared_ptr<ThreadPool::Ticket> ThreadPool::submit(std::function<void()> function) {
  auto ticket = std::make_shared<Ticket>(std::move(function));
  const std::lock_guard lock(mutex_);
  tickets_.push_back(ticket);
  ++arrivals_;
  has_work_.notify_one();
  return ticket;
}

void ThreadPool::take_part(Job& job) {
  try {
    TaskRange range(job.queue);
    job.work(range);
  } catch (...) {
    const std::lock_guard lock(job.error_mutex);
    if (!job.error) job.error = std::current_exception();
    job.queue.stop();
  }
}

void ThreadPool::run(std::uint64_t count, const std::function<void(TaskRange&)>& work) {
  Job job{TaskQueue(count, concurrency_), work, 0, nullptr, {}};
  const bool shares = count > 1 && concurrency_ > 1;
  if (shares) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(&job);
    ++arrivals_;
    has_work_.notify_all();
  }
  take_part(job);
  if (shares) {
    std::unique_lock lock(mutex_);
    std::erase(jobs_, &job);
    lock.unlock();
    spin_until([&] { return job.workers == 0; }, kIdleTime);
    lock.lock();
    has_finished_.wait(lock, [&] { return job.workers == 0; });
  }
  if (job.error) std::rethrow_exception(job.error);
}

void ThreadPool::run_here(std::uint64_t count, const std::function<void(TaskRange&)>& work) {
  TaskQueue queue(count, 1);
  TaskRange range(queue);
  work(range);
}

void ThreadPool::work_loop() {
  std::unique_lock lock(mutex_);
  std::uint64_t seen = 0;
  for (;;) {
    if (!tickets_.empty()) {
      std::shared_ptr<Ticket> ticket = std::move(tickets_.front());
      tickets_.pop_front();
      lock.unlock();
      ticket->try_run();
      ticket.reset();
      lock.lock();
      continue;
    }
    const auto open = std::ranges::find_if(jobs_, [](const Job* job) { return !job->queue.is_exhausted(); });
    if (open == jobs_.end()) {
      // What arrives while this thread looks, it sees; what arrives later, it is woken for.
      const bool has_looked = seen == arrivals_;
      seen = arrivals_;
      if (has_looked) {
        has_work_.wait(lock);
      } else {
        lock.unlock();
        spin_until([&] { return arrivals_ != seen; }, kIdleTime);
        lock.lock();
      }
      continue;
    }
    Job& job = **open;
    ++job.workers;
    lock.unlock();
    take_part(job);
    lock.lock();
    if (--job.workers == 0) has_finished_.notify_all();
  }
}

}  // namespace pymetal::support
