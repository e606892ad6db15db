// A list of commands that a queue runs as one.
#include "pymetal/command_buffer.h"

#include "api/command_stream.h"
#include "api/queue_worker.h"
#include "pymetal/blit_command_encoder.h"
#include "pymetal/command_queue.h"
#include "pymetal/compute_command_encoder.h"
#include "pymetal/device.h"

namespace pymetal {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

CommandBufferFailure describe_failure(const std::exception& error) {
  const bool lacks_memory =
      dynamic_cast<const ResourceError*>(&error) != nullptr || dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  return {lacks_memory ? CommandBufferError::OutOfMemory : CommandBufferError::Internal, error.what()};
}

}  // namespace

CommandBuffer::CommandBuffer(std::shared_ptr<CommandQueue> queue)
    : queue_(std::move(queue)), stream_(std::make_unique<CommandStream>()) {}

CommandBuffer::~CommandBuffer() {
  if (status_ == CommandBufferStatus::Enqueued) queue_->worker().forget(this);
}

const std::shared_ptr<Device>& CommandBuffer::device() const { return queue_->device(); }

CommandBufferStatus CommandBuffer::status() const {
  const std::lock_guard lock(state_mutex_);
  return status_;
}

std::optional<CommandBufferFailure> CommandBuffer::error() const {
  const std::lock_guard lock(state_mutex_);
  return error_;
}

void CommandBuffer::begin_encoder() {
  const std::lock_guard lock(state_mutex_);
  if (status_ >= CommandBufferStatus::Committed)
    throw ValidationError(describe("Command buffer") + " is committed and takes no more commands.");
  if (has_open_encoder_)
    throw ValidationError(describe("Command buffer") +
                          " has an open encoder; call its end_encoding() before the next one begins.");
  has_open_encoder_ = true;
}

void CommandBuffer::end_encoder() {
  const std::lock_guard lock(state_mutex_);
  has_open_encoder_ = false;
}

std::shared_ptr<ComputeCommandEncoder> CommandBuffer::compute_command_encoder() {
  begin_encoder();
  return std::make_shared<ComputeCommandEncoder>(shared_from_this());
}

std::shared_ptr<BlitCommandEncoder> CommandBuffer::blit_command_encoder() {
  begin_encoder();
  return std::make_shared<BlitCommandEncoder>(shared_from_this());
}

void CommandBuffer::enqueue() {
  const std::lock_guard lock(state_mutex_);
  if (status_ != CommandBufferStatus::NotEnqueued)
    throw ValidationError(describe("Command buffer") + " already has its place in the queue.");
  queue_->worker().enqueue(shared_from_this());
  status_ = CommandBufferStatus::Enqueued;
}

void CommandBuffer::commit() {
  const std::lock_guard lock(state_mutex_);
  if (status_ >= CommandBufferStatus::Committed)
    throw ValidationError(describe("Command buffer") + " is already committed.");
  if (has_open_encoder_)
    throw ValidationError(describe("Command buffer") +
                          " has an open encoder; call its end_encoding() before commit().");
  if (status_ == CommandBufferStatus::NotEnqueued) queue_->worker().enqueue(shared_from_this());
  status_ = CommandBufferStatus::Committed;
  kernel_start_ = now();
  queue_->worker().commit(shared_from_this());
}

void CommandBuffer::run() {
  {
    const std::lock_guard lock(state_mutex_);
    status_ = CommandBufferStatus::Scheduled;
    kernel_end_ = gpu_start_ = now();
    state_changed_.notify_all();
  }
  std::optional<CommandBufferFailure> failure;
  try {
    for (const backend::Command& command : stream_->commands()) device()->backend().execute(command);
  } catch (const std::exception& error) {
    failure = describe_failure(error);
  }
  stream_->clear();
  const std::lock_guard lock(state_mutex_);
  gpu_end_ = now();
  error_ = std::move(failure);
  status_ = error_ ? CommandBufferStatus::Error : CommandBufferStatus::Completed;
  state_changed_.notify_all();
}

bool CommandBuffer::wait(CommandBufferStatus reached, std::chrono::nanoseconds timeout, const char* what) {
  std::unique_lock lock(state_mutex_);
  if (status_ < CommandBufferStatus::Committed)
    throw ValidationError(describe("Command buffer") + " is not committed, so it cannot be waited for until " + what +
                          ".");
  return state_changed_.wait_for(lock, timeout, [&] { return status_ >= reached; });
}

bool CommandBuffer::wait_until_completed(std::chrono::nanoseconds timeout) {
  return wait(CommandBufferStatus::Completed, timeout, "completed");
}

bool CommandBuffer::wait_until_scheduled(std::chrono::nanoseconds timeout) {
  return wait(CommandBufferStatus::Scheduled, timeout, "scheduled");
}

void CommandBuffer::wait_until_completed() {
  while (!wait_until_completed(std::chrono::hours(1))) {
  }
}

void CommandBuffer::wait_until_scheduled() {
  while (!wait_until_scheduled(std::chrono::hours(1))) {
  }
}

double CommandBuffer::kernel_start_time() const {
  const std::lock_guard lock(state_mutex_);
  return kernel_start_;
}
double CommandBuffer::kernel_end_time() const {
  const std::lock_guard lock(state_mutex_);
  return kernel_end_;
}
double CommandBuffer::gpu_start_time() const {
  const std::lock_guard lock(state_mutex_);
  return gpu_start_;
}
double CommandBuffer::gpu_end_time() const {
  const std::lock_guard lock(state_mutex_);
  return gpu_end_;
}

void CommandBuffer::push_debug_group(const std::string& name) {
  const std::lock_guard lock(state_mutex_);
  debug_groups_.push_back(name);
}

void CommandBuffer::pop_debug_group() {
  const std::lock_guard lock(state_mutex_);
  if (debug_groups_.empty()) throw ValidationError(describe("Command buffer") + " has no debug group to pop.");
  debug_groups_.pop_back();
}

}  // namespace pymetal
