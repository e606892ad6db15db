// What a command buffer keeps behind its interface, for its encoders and its queue.
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/command_stream.h"
#include "api/thread_record.h"
#include "pymetal/command_buffer.h"
#include "support/lock_order.h"

namespace pymetal {

CommandBufferFailure describe_failure(const Pass& pass, const std::exception& error);

/// Runs the handler on the thread on which all handlers of the process run.
void post_to_handler_thread(CommandBufferHandler handler, const std::shared_ptr<CommandBuffer>& buffer);

struct CommandBufferState {
  explicit CommandBufferState(bool retains) : retains_references(retains) {}

  const bool retains_references;
  /// Belongs to the thread that encodes, and after the commit to the queue.
  CommandStream stream;

  mutable support::Mutex<support::LockRank::CommandBuffer> mutex;
  support::ConditionVariable changed;
  CommandBufferStatus status = CommandBufferStatus::NotEnqueued;
  std::optional<CommandBufferFailure> error;
  bool has_open_encoder = false;
  /// Held during each call that encodes; only tried, never waited for.
  std::mutex encoding;
  /// The thread of the last call that encoded.
  std::shared_ptr<const ThreadRecord> encoding_thread;
  std::vector<std::string> debug_groups;
  std::vector<CommandBufferHandler> scheduled_handlers;
  std::vector<CommandBufferHandler> completed_handlers;
  double kernel_start = 0;
  double kernel_end = 0;
  double gpu_start = 0;
  double gpu_end = 0;

  void note_kernel_start();

  /// The queue's side.
  void begin_running(const std::shared_ptr<CommandBuffer>& buffer);
  bool has_failed() const;
  /// Only the first failure counts.
  void fail(CommandBufferFailure failure);
  void complete(const std::shared_ptr<CommandBuffer>& buffer);
};

/// A call that encodes, from its begin to its end. Throws ThreadingError where another thread is in the midst of
/// encoding, ValidationError where this one has an encoder open.
class EncodingCall {
 public:
  /// `forbids_committed`: a committed buffer takes no more commands.
  EncodingCall(const CommandBuffer& buffer, bool forbids_committed = true);

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace pymetal
