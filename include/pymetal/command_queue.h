// The order in which a device runs command buffers.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "pymetal/export.h"
#include "pymetal/labeled.h"
#include "pymetal/object.h"

namespace pymetal {

class CommandBuffer;
class Device;
class QueueWorker;

/// Begins its command buffers in the order of their commits. May be used from any thread. A queue that is dropped still
/// finishes what was committed.
class PYMETAL_EXPORT CommandQueue : public Labeled, public Object<CommandQueue> {
 public:
  CommandQueue(std::shared_ptr<Device> device, std::uint64_t max_command_buffer_count);
  ~CommandQueue();

  const std::shared_ptr<Device>& device() const { return device_; }
  /// Command buffers that may be committed and not complete.
  std::uint64_t max_command_buffer_count() const;
  /// "Command queue 'main'".
  std::string name() const { return describe("Command queue"); }

  /// A new, empty command buffer. Blocks while the maximum is committed and not complete; throws Error when
  /// PYMETAL_WAIT_TIMEOUT passes.
  std::shared_ptr<CommandBuffer> command_buffer();
  /// Its caller keeps the resources alive that its commands name. (Their memory stays until the commands have run.)
  std::shared_ptr<CommandBuffer> command_buffer_with_unretained_references();
  /// The same, or null where the maximum is committed and not complete.
  std::shared_ptr<CommandBuffer> try_command_buffer(bool retains_references);
  /// Waits until there is room for another; returns false where the time runs out first.
  bool wait_for_room(std::chrono::nanoseconds timeout);

  QueueWorker& worker() const { return *worker_; }
  /// Begins the message of a wait that takes too long.
  std::string describe_full() const;

 private:
  std::shared_ptr<CommandBuffer> make_command_buffer(bool retains_references);

  std::shared_ptr<Device> device_;
  std::shared_ptr<QueueWorker> worker_;
};

}  // namespace pymetal
