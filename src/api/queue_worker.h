// The thread that runs the command buffers of a queue.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

namespace pymetal {

class CommandBuffer;

/// Lives as long as its queue or its thread, whichever ends last. The thread starts with the first commit.
class QueueWorker : public std::enable_shared_from_this<QueueWorker> {
 public:
  /// Gives the buffer the next place in the order.
  void enqueue(const std::shared_ptr<CommandBuffer>& buffer);
  /// Lets the buffer run once all before it have.
  void commit(const std::shared_ptr<CommandBuffer>& buffer);
  /// A buffer that was enqueued is gone and will never be committed.
  void forget(const CommandBuffer* buffer);
  /// No more will come: the thread ends when all is done.
  void close();

 private:
  struct Entry {
    const CommandBuffer* key;
    /// Set when it is committed: an enqueued buffer is not kept alive.
    std::shared_ptr<CommandBuffer> committed;
  };

  void work_loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> entries_;
  bool is_started_ = false;
  bool is_closed_ = false;
};

}  // namespace pymetal
