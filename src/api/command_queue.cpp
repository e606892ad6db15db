// The order in which a device runs command buffers.
#include "pymetal/command_queue.h"

#include "api/hazard_guard.h"
#include "api/queue_worker.h"
#include "pymetal/command_buffer.h"
#include "pymetal/device.h"
#include "pymetal/wait_limit.h"

namespace pymetal {

CommandQueue::CommandQueue(std::shared_ptr<Device> device, std::uint64_t max_command_buffer_count)
    : device_(std::move(device)), worker_(std::make_shared<QueueWorker>(max_command_buffer_count)) {}

CommandQueue::~CommandQueue() { worker_->close(); }

std::uint64_t CommandQueue::max_command_buffer_count() const { return worker_->max_in_flight(); }

bool CommandQueue::wait_for_room(std::chrono::nanoseconds timeout) { return worker_->wait_for_room(timeout); }

std::shared_ptr<CommandBuffer> CommandQueue::command_buffer() { return make_command_buffer(true); }

std::shared_ptr<CommandBuffer> CommandQueue::command_buffer_with_unretained_references() {
  return make_command_buffer(false);
}

std::shared_ptr<CommandBuffer> CommandQueue::make_command_buffer(bool retains_references) {
  const WaitLimit limit;
  for (;;) {
    if (auto buffer = try_command_buffer(retains_references)) return buffer;
    if (!wait_for_room(std::chrono::milliseconds(20))) limit.check(describe_full());
  }
}

std::shared_ptr<CommandBuffer> CommandQueue::try_command_buffer(bool retains_references) {
  hazard_guard::throw_pending();
  worker_->require_this_process(name());
  if (!wait_for_room(std::chrono::nanoseconds(0))) return nullptr;
  return std::make_shared<CommandBuffer>(shared_from_this(), retains_references);
}

std::string CommandQueue::describe_full() const {
  return name() + " has its maximum of " + std::to_string(max_command_buffer_count()) +
         " command buffers that are committed and not complete";
}

}  // namespace pymetal
