// The thread that runs the command buffers of a queue.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/command_stream.h"
#include "api/passes_in_flight.h"
#include "api/wait_graph.h"
#include "support/lock_order.h"

namespace pymetal {

class CommandBuffer;

/// Begins the steps of its command buffers strictly in order. A pass that the next one need not follow runs on the
/// pool, so that both run at once; all others run on the queue's own thread, or on a thread that waits for them, where
/// they are short enough. Lives as long as its queue or its thread, whichever ends last. The thread starts with the
/// first commit.
class QueueWorker : public std::enable_shared_from_this<QueueWorker> {
 public:
  explicit QueueWorker(std::uint64_t max_in_flight);
  ~QueueWorker();

  /// Throws ResourceError in a child of the process that made the queue: its threads are not there. `name` begins the
  /// message.
  void require_this_process(const std::string& name) const;

  /// Gives the buffer the next place in the order.
  void enqueue(const CommandBuffer& buffer);
  /// Lets the buffer run once all before it have begun; one that is not enqueued takes the last place.
  /// The buffer's lock is held.
  void commit(const std::shared_ptr<CommandBuffer>& buffer, bool is_enqueued);
  /// A buffer that was enqueued will not be committed: its place goes.
  void forget(const CommandBuffer& buffer);
  /// No more will come: the thread ends when all is done.
  void close();

  std::uint64_t max_in_flight() const { return max_in_flight_; }
  /// Runs what is next on the calling thread, as long as it is brief, for at most `limit` and until `awaited` has run;
  /// or until there is room, where it is null. Sees to it that the rest goes on.
  void help(const CommandBuffer* awaited, std::chrono::nanoseconds limit);

  /// Waits until fewer buffers than the maximum are committed and not complete; returns false where the time runs out.
  bool wait_for_room(std::chrono::nanoseconds timeout);

  /// For the wait graph.
  std::vector<PendingSignal> pending_signals();
  /// "Command queue 'a' runs Command buffer 'b'", or nothing where it is idle.
  std::string describe_work();

 private:
  struct Entry {
    const CommandBuffer* key;
    /// Set when it is committed: an enqueued buffer is not kept alive.
    std::shared_ptr<CommandBuffer> committed{};
    /// CommandStream::longest_time.
    std::optional<std::chrono::nanoseconds> longest_time{};
  };
  using QueueMutex = support::Mutex<support::LockRank::QueueWorker>;

  /// A command buffer that has begun.
  struct Running {
    std::shared_ptr<CommandBuffer> buffer;
    /// Passes that run, and one for the queue's thread until it has begun every step.
    int unfinished = 1;
  };

  void work_loop();
  /// Until there may be something for the thread to do.
  void sleep(std::unique_lock<QueueMutex>& lock);
  bool can_begin() const { return !is_driven_ && !entries_.empty() && entries_.front().committed != nullptr; }
  bool can_help(std::chrono::nanoseconds limit) const;
  /// The lock is held before and after, and not in between. `is_alone`: nothing else may run at the same time.
  void run_next(std::unique_lock<QueueMutex>& lock, bool is_alone);
  void release_spent(std::unique_lock<QueueMutex>& lock);
  void run(const std::shared_ptr<Running>& running, bool is_alone);
  void run_pass_here_or_on_pool(const std::shared_ptr<Running>& running, std::size_t step, bool is_alone);
  /// The step after it, of this command buffer or of the next one if that is committed; null where none is known.
  const Step* next_step(const std::vector<Step>& steps, std::size_t step);
  /// A part of it has ended. Completes what has ended as a whole, in order, on whichever thread comes first. The lock
  /// is held before and after, and not in between. The caller sees to it that `spent_` is emptied.
  void finish_part(std::unique_lock<QueueMutex>& lock, Running& part);

  void wake_for_room(std::uint64_t left);

  const std::uint64_t max_in_flight_;
  const unsigned generation_;
  PassesInFlight in_flight_;

  QueueMutex mutex_;
  support::ConditionVariable changed_;
  support::ConditionVariable has_room_;
  std::deque<Entry> entries_;
  std::deque<std::shared_ptr<Running>> running_;
  /// Command buffers that are complete. They go outside the lock, since each may have the last reference to the queue;
  /// while more are committed, on the thread that commits: their memory is from there, and an allocator has threads
  /// wait for each other that free each other's.
  std::vector<std::shared_ptr<CommandBuffer>> spent_;
  /// Where the thread stands in the last of `running_`.
  std::atomic<std::size_t> current_step_{0};
  /// Command buffers that are committed and not complete; changes under the mutex.
  std::atomic<std::uint64_t> committed_count_{0};
  std::uint64_t waiters_for_room_ = 0;
  /// A thread, the queue's own or one that waits, runs the last of `running_`.
  bool is_driven_ = false;
  /// The queue's thread sleeps.
  bool is_idle_ = false;
  /// It sleeps for moments only, so that a commit need not wake it.
  bool is_napping_ = false;
  /// Who commits is likely to wait next, and then to run what was committed.
  bool expects_waiter_ = false;
  std::uint64_t commit_count_ = 0;
  std::uint64_t begun_count_ = 0;
  /// CommandBuffer::kernel_start_time of the last one.
  double last_commit_ = 0;
  bool is_completing_ = false;
  bool is_started_ = false;
  bool is_closed_ = false;
};

}  // namespace pymetal
