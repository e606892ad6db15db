// The order in which a device runs command buffers.
#include "pymetal/command_queue.h"

#include "api/queue_worker.h"
#include "pymetal/command_buffer.h"
#include "pymetal/device.h"

namespace pymetal {

CommandQueue::CommandQueue(std::shared_ptr<Device> device)
    : device_(std::move(device)), worker_(std::make_shared<QueueWorker>()) {}

CommandQueue::~CommandQueue() { worker_->close(); }

std::shared_ptr<CommandBuffer> CommandQueue::command_buffer() {
  return std::make_shared<CommandBuffer>(shared_from_this());
}

}  // namespace pymetal
