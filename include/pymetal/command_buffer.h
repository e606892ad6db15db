// A list of commands that a queue runs as one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pymetal/enums.h"
#include "pymetal/export.h"
#include "pymetal/labeled.h"
#include "pymetal/object.h"

namespace pymetal {

class BlitCommandEncoder;
class CommandBuffer;
struct CommandBufferState;
class CommandQueue;
class ComputeCommandEncoder;
class Device;
class Event;

/// Why a command buffer failed.
struct CommandBufferFailure {
  CommandBufferError kind = CommandBufferError::None;
  std::string message;
};

/// Handlers run one after another on a thread of their own. They must not throw.
using CommandBufferHandler = std::function<void(const std::shared_ptr<CommandBuffer>&)>;

/// Encoding belongs to one thread at a time: a call from another thread while an encoder is open, or while a call is
/// under way, throws ThreadingError and changes nothing. `commit`, the waits, the status, the error, the handlers and
/// the label may be used from any thread.
class PYMETAL_EXPORT CommandBuffer : public Labeled, public Object<CommandBuffer> {
 public:
  /// With `retains_references` the resources that its commands name live at least until they have run.
  CommandBuffer(std::shared_ptr<CommandQueue> queue, bool retains_references);
  ~CommandBuffer();

  const std::shared_ptr<Device>& device() const;
  const std::shared_ptr<CommandQueue>& command_queue() const { return queue_; }
  bool retained_references() const;
  /// "Command buffer 'frame'".
  std::string name() const { return describe("Command buffer"); }
  CommandBufferStatus status() const;
  /// Set when the status is Error.
  std::optional<CommandBufferFailure> error() const;

  /// Begins an encoder. Throws ValidationError while another is open, and after `commit()`.
  std::shared_ptr<ComputeCommandEncoder> compute_command_encoder(DispatchType type = DispatchType::Serial);
  std::shared_ptr<BlitCommandEncoder> blit_command_encoder();

  /// The event takes the value once all commands before it, in this queue, have run.
  void encode_signal_event(const std::shared_ptr<Event>& event, std::uint64_t value);
  /// Commands after it, in this queue, begin once the event has reached the value.
  void encode_wait_for_event(const std::shared_ptr<Event>& event, std::uint64_t value);

  /// Called when the queue begins the commands, and when they have run or failed. Throw ValidationError after
  /// `commit()`.
  void add_scheduled_handler(CommandBufferHandler handler);
  void add_completed_handler(CommandBufferHandler handler);
  /// Calls the handler on the handlers' thread when the commands have run or failed; at once where they have. Allowed
  /// at any time.
  void when_completed(CommandBufferHandler handler);

  /// For bindings whose collector must see through handlers: calls `visit` with each that waits for its time, and drops
  /// them all.
  void visit_handlers(const std::function<void(const CommandBufferHandler&)>& visit) const;
  void drop_handlers();

  /// Takes its place in the queue's order before it is committed.
  void enqueue();
  /// Hands the commands to the queue and returns at once. Throws ValidationError while an encoder is open, and when
  /// called twice.
  void commit();
  /// Gives the place of `enqueue()` back, where it is not committed.
  void give_up();
  /// Block until the commands have run or failed, or are about to run. Throw ValidationError before `commit()`, Error
  /// when PYMETAL_WAIT_TIMEOUT passes.
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

  /// For the other classes of this library.
  CommandBufferState& state() const { return *state_; }

 private:
  std::shared_ptr<CommandQueue> queue_;
  std::unique_ptr<CommandBufferState> state_;
};

}  // namespace pymetal
