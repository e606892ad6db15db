// The order in which a device runs command buffers.
#pragma once

#include <memory>

#include "pymetal/counted.h"
#include "pymetal/export.h"
#include "pymetal/labeled.h"

namespace pymetal {

class CommandBuffer;
class Device;
class QueueWorker;

/// Runs its command buffers in the order of their commits, on a thread of its own. May be used from any thread. A
/// queue that is dropped still finishes what was committed.
class PYMETAL_EXPORT CommandQueue : public Labeled,
                                    public Counted<CommandQueue>,
                                    public std::enable_shared_from_this<CommandQueue> {
 public:
  explicit CommandQueue(std::shared_ptr<Device> device);
  ~CommandQueue();

  const std::shared_ptr<Device>& device() const { return device_; }
  std::shared_ptr<CommandBuffer> command_buffer();

  QueueWorker& worker() const { return *worker_; }

 private:
  std::shared_ptr<Device> device_;
  std::shared_ptr<QueueWorker> worker_;
};

}  // namespace pymetal
