// A list of commands that a queue runs as one.
#include "pymetal/command_buffer.h"

#include "api/command_buffer_state.h"
#include "api/hazard_guard.h"
#include "api/queue_worker.h"
#include "pymetal/blit_command_encoder.h"
#include "pymetal/command_queue.h"
#include "pymetal/compute_command_encoder.h"
#include "pymetal/device.h"
#include "pymetal/event.h"
#include "pymetal/wait_limit.h"

namespace pymetal {
namespace {

/// So long that a wait without an end wakes up rarely, and the limit of PYMETAL_WAIT_TIMEOUT is met well.
constexpr std::chrono::milliseconds kWaitSlice(20);

/// How long a thread that waits runs command buffers itself before it looks about: for signals, and for its timeout.
constexpr std::chrono::milliseconds kLongestHelp(50);
/// The same where it only waits until the command buffer begins.
constexpr std::chrono::microseconds kLongestHelpToBegin(250);

void require_event(const CommandBuffer& buffer, const std::shared_ptr<Event>& event) {
  if (event == nullptr) throw ValidationError(buffer.name() + " needs an event (none is given).");
  if (event->device() != buffer.device())
    throw ValidationError(buffer.name() + ": " + event->name() + " belongs to another device (" +
                          event->device()->name() + ").");
}

bool wait(const CommandBuffer& buffer, CommandBufferStatus reached, std::chrono::nanoseconds timeout,
          const char* what) {
  hazard_guard::throw_pending();
  CommandBufferState& state = buffer.state();
  std::unique_lock lock(state.mutex);
  if (state.status < CommandBufferStatus::Committed)
    throw ValidationError(buffer.name() + " is not committed, so it cannot be waited for until " + what + ".");
  if (state.status >= reached) return true;
  QueueWorker& worker = buffer.command_queue()->worker();
  worker.require_this_process(buffer.name());
  const std::chrono::nanoseconds longest = std::chrono::hours(24 * 365);
  if (timeout > std::chrono::nanoseconds(0)) {
    lock.unlock();
    const std::chrono::nanoseconds limit =
        reached == CommandBufferStatus::Completed ? kLongestHelp : kLongestHelpToBegin;
    worker.help(&buffer, std::min(timeout, limit));
    lock.lock();
  }
  return state.changed.wait_for(lock, std::min(timeout, longest), [&] { return state.status >= reached; });
}

void wait_without_end(const CommandBuffer& buffer, CommandBufferStatus reached, const char* what) {
  const WaitLimit limit;
  const bool is_limited = wait_timeout().has_value();
  while (!wait(buffer, reached, is_limited ? std::chrono::nanoseconds(kWaitSlice) : std::chrono::hours(1), what))
    limit.check(buffer.name());
}

}  // namespace

CommandBuffer::CommandBuffer(std::shared_ptr<CommandQueue> queue, bool retains_references)
    : queue_(std::move(queue)), state_(std::make_unique<CommandBufferState>(retains_references)) {}

CommandBuffer::~CommandBuffer() {
  if (state_->status == CommandBufferStatus::Enqueued) queue_->worker().forget(*this);
}

const std::shared_ptr<Device>& CommandBuffer::device() const { return queue_->device(); }
bool CommandBuffer::retained_references() const { return state_->retains_references; }

CommandBufferStatus CommandBuffer::status() const {
  const std::lock_guard lock(state_->mutex);
  return state_->status;
}

std::optional<CommandBufferFailure> CommandBuffer::error() const {
  const std::lock_guard lock(state_->mutex);
  return state_->status == CommandBufferStatus::Error ? state_->error : std::nullopt;
}

std::shared_ptr<ComputeCommandEncoder> CommandBuffer::compute_command_encoder(DispatchType type) {
  const EncodingCall call(*this);
  return std::make_shared<ComputeCommandEncoder>(shared_from_this(), type);
}

std::shared_ptr<BlitCommandEncoder> CommandBuffer::blit_command_encoder() {
  const EncodingCall call(*this);
  return std::make_shared<BlitCommandEncoder>(shared_from_this());
}

void CommandBuffer::encode_signal_event(const std::shared_ptr<Event>& event, std::uint64_t value) {
  const EncodingCall call(*this);
  require_event(*this, event);
  state_->stream.append(SignalEvent{event, value});
}

void CommandBuffer::encode_wait_for_event(const std::shared_ptr<Event>& event, std::uint64_t value) {
  const EncodingCall call(*this);
  require_event(*this, event);
  state_->stream.append(WaitForEvent{event, value});
}

void CommandBuffer::add_scheduled_handler(CommandBufferHandler handler) {
  if (handler == nullptr) throw ValidationError(name() + " needs a handler (none is given).");
  const std::lock_guard lock(state_->mutex);
  if (state_->status >= CommandBufferStatus::Committed)
    throw ValidationError(name() + " is committed; scheduled handlers are added before commit().");
  state_->scheduled_handlers.push_back(std::move(handler));
}

void CommandBuffer::add_completed_handler(CommandBufferHandler handler) {
  if (handler == nullptr) throw ValidationError(name() + " needs a handler (none is given).");
  const std::lock_guard lock(state_->mutex);
  if (state_->status >= CommandBufferStatus::Committed)
    throw ValidationError(name() + " is committed; completed handlers are added before commit().");
  state_->completed_handlers.push_back(std::move(handler));
}

void CommandBuffer::when_completed(CommandBufferHandler handler) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->status < CommandBufferStatus::Completed) {
      state_->completed_handlers.push_back(std::move(handler));
      return;
    }
  }
  post_to_handler_thread(std::move(handler), shared_from_this());
}

void CommandBuffer::visit_handlers(const std::function<void(const CommandBufferHandler&)>& visit) const {
  const std::lock_guard lock(state_->mutex);
  for (const CommandBufferHandler& handler : state_->scheduled_handlers) visit(handler);
  for (const CommandBufferHandler& handler : state_->completed_handlers) visit(handler);
}

void CommandBuffer::drop_handlers() {
  std::vector<CommandBufferHandler> scheduled;
  std::vector<CommandBufferHandler> completed;
  // What the handlers hold goes outside the lock.
  const std::lock_guard lock(state_->mutex);
  scheduled.swap(state_->scheduled_handlers);
  completed.swap(state_->completed_handlers);
}

void CommandBuffer::enqueue() {
  queue_->worker().require_this_process(queue_->name());
  const std::lock_guard lock(state_->mutex);
  if (state_->status != CommandBufferStatus::NotEnqueued)
    throw ValidationError(name() + " already has its place in the queue.");
  queue_->worker().enqueue(*this);
  state_->status = CommandBufferStatus::Enqueued;
}

void CommandBuffer::commit() {
  hazard_guard::throw_pending();
  const EncodingCall call(*this, false);
  queue_->worker().require_this_process(queue_->name());
  const std::lock_guard lock(state_->mutex);
  if (state_->status >= CommandBufferStatus::Committed) throw ValidationError(name() + " is already committed.");
  hazard_guard::begin_use(*this, state_->stream);
  const bool is_enqueued = state_->status == CommandBufferStatus::Enqueued;
  state_->status = CommandBufferStatus::Committed;
  state_->note_kernel_start();
  queue_->worker().commit(shared_from_this(), is_enqueued);
}

void CommandBuffer::give_up() {
  const std::lock_guard lock(state_->mutex);
  if (state_->status != CommandBufferStatus::Enqueued) return;
  queue_->worker().forget(*this);
  state_->status = CommandBufferStatus::NotEnqueued;
}

bool CommandBuffer::wait_until_completed(std::chrono::nanoseconds timeout) {
  return wait(*this, CommandBufferStatus::Completed, timeout, "completed");
}

bool CommandBuffer::wait_until_scheduled(std::chrono::nanoseconds timeout) {
  return wait(*this, CommandBufferStatus::Scheduled, timeout, "scheduled");
}

void CommandBuffer::wait_until_completed() { wait_without_end(*this, CommandBufferStatus::Completed, "completed"); }
void CommandBuffer::wait_until_scheduled() { wait_without_end(*this, CommandBufferStatus::Scheduled, "scheduled"); }

double CommandBuffer::kernel_start_time() const {
  const std::lock_guard lock(state_->mutex);
  return state_->kernel_start;
}
double CommandBuffer::kernel_end_time() const {
  const std::lock_guard lock(state_->mutex);
  return state_->kernel_end;
}
double CommandBuffer::gpu_start_time() const {
  const std::lock_guard lock(state_->mutex);
  return state_->gpu_start;
}
double CommandBuffer::gpu_end_time() const {
  const std::lock_guard lock(state_->mutex);
  return state_->gpu_end;
}

void CommandBuffer::push_debug_group(const std::string& group) {
  const EncodingCall call(*this);
  state_->debug_groups.push_back(group);
}

void CommandBuffer::pop_debug_group() {
  const EncodingCall call(*this);
  if (state_->debug_groups.empty()) throw ValidationError(name() + " has no debug group to pop.");
  state_->debug_groups.pop_back();
}

}  // namespace pymetal
