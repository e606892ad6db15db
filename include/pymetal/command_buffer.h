// A list of commands that a queue runs as one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "pymetal/counted.h"
#include "pymetal/enums.h"
#include "pymetal/export.h"
#include "pymetal/labeled.h"

namespace pymetal {

class BlitCommandEncoder;
class CommandEncoder;
class CommandQueue;
class CommandStream;
class ComputeCommandEncoder;
class Device;

/// Why a command buffer failed.
struct CommandBufferFailure {
  CommandBufferError kind = CommandBufferError::None;
  std::string message;
};

/// Encoding belongs to one thread at a time; `commit`, the waits, the status, the error and the label to any. The
/// resources that its commands name live at least until they have run.
class PYMETAL_EXPORT CommandBuffer : public Labeled,
                                     public Counted<CommandBuffer>,
                                     public std::enable_shared_from_this<CommandBuffer> {
 public:
  explicit CommandBuffer(std::shared_ptr<CommandQueue> queue);
  ~CommandBuffer();

  const std::shared_ptr<Device>& device() const;
  const std::shared_ptr<CommandQueue>& command_queue() const { return queue_; }
  CommandBufferStatus status() const;
  /// Set when the status is Error.
  std::optional<CommandBufferFailure> error() const;

  /// Begins an encoder. Throws ValidationError while another is open, and after `commit()`.
  std::shared_ptr<ComputeCommandEncoder> compute_command_encoder();
  std::shared_ptr<BlitCommandEncoder> blit_command_encoder();

  /// Takes its place in the queue's order before it is committed.
  void enqueue();
  /// Hands the commands to the queue and returns at once. Throws ValidationError while an encoder is open, and when
  /// called twice.
  void commit();
  /// Block until the commands have run, or are about to. Throw ValidationError before `commit()`.
  void wait_until_completed();
  void wait_until_scheduled();
  /// Return false where the time runs out first.
  bool wait_until_completed(std::chrono::nanoseconds timeout);
  bool wait_until_scheduled(std::chrono::nanoseconds timeout);

  /// Seconds on a monotonic clock; 0 until known. The queue begins to prepare the commands, and to run them.
  double kernel_start_time() const;
  double kernel_end_time() const;
  double gpu_start_time() const;
  double gpu_end_time() const;

  void push_debug_group(const std::string& name);
  void pop_debug_group();

 private:
  friend class CommandEncoder;
  friend class QueueWorker;

  /// Checks that an encoder may begin, and notes that it has.
  void begin_encoder();
  void end_encoder();
  void run();
  bool wait(CommandBufferStatus reached, std::chrono::nanoseconds timeout, const char* what);

  std::shared_ptr<CommandQueue> queue_;
  std::unique_ptr<CommandStream> stream_;
  mutable std::mutex state_mutex_;
  std::condition_variable state_changed_;
  CommandBufferStatus status_ = CommandBufferStatus::NotEnqueued;
  std::optional<CommandBufferFailure> error_;
  bool has_open_encoder_ = false;
  std::vector<std::string> debug_groups_;
  double kernel_start_ = 0;
  double kernel_end_ = 0;
  double gpu_start_ = 0;
  double gpu_end_ = 0;
};

}  // namespace pymetal
