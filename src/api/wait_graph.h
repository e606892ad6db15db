// Which queue waits for which event, in the whole process: finds waits that can never end.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "pymetal/command_buffer.h"
#include "support/lock_order.h"

namespace pymetal {

class Event;
class QueueWorker;

/// A signal that a queue has committed and not yet made.
struct PendingSignal {
  const Event* event;
  std::uint64_t value;
};

class WaitGraph {
 public:
  static WaitGraph& shared();

  void add(QueueWorker* queue);
  void remove(QueueWorker* queue);

  /// Blocks a queue's thread until the event reaches the value. Returns why it never will: the queue is a part of a
  /// cycle of waits, or PYMETAL_WAIT_TIMEOUT has passed.
  std::optional<CommandBufferFailure> wait(QueueWorker& queue, const CommandBuffer& buffer, const Event& event,
                                           std::uint64_t value);
  /// Looks for cycles again: a queue that is blocked has got more commands.
  void note_commit() {
    if (blocked_count_.load(std::memory_order_seq_cst) != 0) find_cycles();
  }
  /// What every queue is busy with or waits for, a line each.
  std::string describe_queues();

 private:
  /// A queue that waits.
  struct Blocked {
    QueueWorker* queue;
    const CommandBuffer* buffer;
    const Event* event;
    std::uint64_t value;
    /// Set when a cycle is found.
    std::optional<std::string> cycle;
  };

  void find_cycles();
  /// Those that wait for each other and for nothing else.
  std::vector<Blocked*> find_deadlocked();
  static std::string describe(const Blocked& blocked);

  support::Mutex<support::LockRank::WaitGraph> mutex_;
  std::vector<QueueWorker*> queues_;
  std::vector<Blocked*> blocked_;
  std::atomic<int> blocked_count_{0};
};

}  // namespace pymetal
