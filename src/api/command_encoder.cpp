// What the encoders share: their life between the begin and `end_encoding`.
#include "pymetal/command_encoder.h"

#include "api/command_buffer_state.h"
#include "api/hazard_guard.h"
#include "api/pass_order.h"
#include "pymetal/buffer.h"
#include "pymetal/command_queue.h"
#include "pymetal/device.h"
#include "pymetal/error.h"
#include "pymetal/fence.h"

namespace pymetal {
namespace {

std::optional<std::chrono::nanoseconds> longest_time(const backend::Backend& backend, const Pass& pass) {
  std::chrono::nanoseconds sum(0);
  for (const backend::Command& command : pass.commands) {
    const auto time = backend.longest_time(command);
    if (!time) return std::nullopt;
    sum += *time;
  }
  return sum;
}

}  // namespace

CommandEncoder::CommandEncoder(std::shared_ptr<CommandBuffer> commands, const char* kind)
    : commands_(std::move(commands)), owner_(this_thread_record()), kind_(kind) {
  CommandBufferState& state = commands_->state();
  state.stream.begin_pass();
  const std::lock_guard lock(state.mutex);
  state.has_open_encoder = true;
}

/// An encoder that is dropped while it is open keeps its command buffer from being committed: its commands are a part
/// of something, and nobody can say that the rest was meant to run.
CommandEncoder::~CommandEncoder() = default;

const std::shared_ptr<Device>& CommandEncoder::device() const { return commands_->device(); }

void CommandEncoder::require_owner() const {
  if (is_this_thread(owner_)) [[likely]]
    return;
  throw ThreadingError(name() + " belongs to " + describe_thread(*owner_) + " and is called by " +
                       describe_this_thread() +
                       ". Use an encoder only on the thread that made it, and give each thread a command buffer and an "
                       "encoder of its own.");
}

void CommandEncoder::require_open() const {
  require_owner();
  hazard_guard::throw_pending();
  if (!is_open_) [[unlikely]]
    throw ValidationError(name() + " takes no calls after end_encoding().");
}

CommandStream& CommandEncoder::stream() const { return commands_->state().stream; }
Pass& CommandEncoder::pass() const { return stream().pass(); }

void CommandEncoder::use(const std::shared_ptr<Buffer>& buffer, bool writes) const {
  pass().accesses.push_back(
      {buffer->memory(), writes, buffer->hazard_tracking_mode() != HazardTrackingMode::Untracked});
  if (commands_->retained_references()) stream().retain(buffer);
}

void CommandEncoder::end_encoding() {
  require_open();
  if (!debug_groups_.empty())
    throw ValidationError(name() + " has a debug group that is not popped (" + debug_groups_.back() + ").");
  close();
}

void CommandEncoder::abandon() noexcept {
  if (is_open_) close();
}

void CommandEncoder::close() noexcept {
  is_open_ = false;
  sort_accesses(pass().accesses);
  pass().longest_time = longest_time(device()->backend(), pass());
  pass().name = name();
  CommandBufferState& state = commands_->state();
  const std::lock_guard lock(state.mutex);
  state.has_open_encoder = false;
}

void CommandEncoder::require_fence(const std::shared_ptr<Fence>& fence) const {
  require_open();
  if (fence == nullptr) throw ValidationError(name() + " needs a fence (none is given).");
  if (fence->device() != device())
    throw ValidationError(name() + ": " + fence->name() + " belongs to another device (" + fence->device()->name() +
                          ").");
}

void CommandEncoder::update_fence(const std::shared_ptr<Fence>& fence) {
  require_fence(fence);
  fence->queue_.store(commands_->command_queue().get(), std::memory_order_relaxed);
  pass().updates.push_back(fence);
}

void CommandEncoder::wait_for_fence(const std::shared_ptr<Fence>& fence) {
  require_fence(fence);
  const CommandQueue* updater = fence->queue_.load(std::memory_order_relaxed);
  if (updater != nullptr && updater != commands_->command_queue().get())
    throw ValidationError(name() + ": " + fence->name() +
                          " was updated last in another queue, and fences order the work of one queue; use an Event "
                          "between queues.");
  pass().waits.push_back(fence);
}

void CommandEncoder::insert_debug_signpost(const std::string&) { require_open(); }

void CommandEncoder::push_debug_group(const std::string& group) {
  require_open();
  debug_groups_.push_back(group);
}

void CommandEncoder::pop_debug_group() {
  require_open();
  if (debug_groups_.empty()) throw ValidationError(name() + " has no debug group to pop.");
  debug_groups_.pop_back();
}

}  // namespace pymetal
