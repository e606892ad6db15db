// What a command buffer keeps behind its interface.
#include "api/command_buffer_state.h"

#include "api/hazard_guard.h"
#include "backend/backend.h"
#include "pymetal/error.h"
#include "support/serial_thread.h"

namespace pymetal {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// The thread on which all handlers of the process run. Never destroyed: it may run until the process ends.
support::SerialThread& handler_thread() {
  static auto* thread = new support::SerialThread("pymetal-handler");
  return *thread;
}

void post(std::vector<CommandBufferHandler> handlers, const std::shared_ptr<CommandBuffer>& buffer) {
  for (CommandBufferHandler& handler : handlers) post_to_handler_thread(std::move(handler), buffer);
}

}  // namespace

void post_to_handler_thread(CommandBufferHandler handler, const std::shared_ptr<CommandBuffer>& buffer) {
  handler_thread().post([handler = std::move(handler), buffer] { handler(buffer); });
}

void CommandBufferState::note_kernel_start() { kernel_start = now(); }

CommandBufferFailure describe_failure(const Pass& pass, const std::exception& error) {
  const bool lacks_memory =
      dynamic_cast<const ResourceError*>(&error) != nullptr || dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  const bool is_fault = dynamic_cast<const backend::AccessError*>(&error) != nullptr;
  return {is_fault       ? CommandBufferError::PageFault
          : lacks_memory ? CommandBufferError::OutOfMemory
                         : CommandBufferError::Internal,
          pass.name + ": " + error.what()};
}

void CommandBufferState::begin_running(const std::shared_ptr<CommandBuffer>& buffer) {
  std::vector<CommandBufferHandler> handlers;
  {
    const std::lock_guard lock(mutex);
    status = CommandBufferStatus::Scheduled;
    kernel_end = gpu_start = now();
    handlers.swap(scheduled_handlers);
    changed.notify_all();
  }
  post(std::move(handlers), buffer);
}

bool CommandBufferState::has_failed() const {
  const std::lock_guard lock(mutex);
  return error.has_value();
}

void CommandBufferState::fail(CommandBufferFailure failure) {
  const std::lock_guard lock(mutex);
  if (!error) error = std::move(failure);
}

void CommandBufferState::complete(const std::shared_ptr<CommandBuffer>& buffer) {
  hazard_guard::end_use(*buffer, stream);
  stream.clear();
  std::vector<CommandBufferHandler> handlers;
  {
    const std::lock_guard lock(mutex);
    gpu_end = now();
    status = error ? CommandBufferStatus::Error : CommandBufferStatus::Completed;
    handlers.swap(completed_handlers);
    changed.notify_all();
  }
  post(std::move(handlers), buffer);
}

EncodingCall::EncodingCall(const CommandBuffer& buffer, bool forbids_committed)
    : lock_(buffer.state().encoding, std::try_to_lock) {
  CommandBufferState& state = buffer.state();
  const std::shared_ptr<const ThreadRecord>& caller = this_thread_record();
  const std::lock_guard lock(state.mutex);
  const bool is_other = state.encoding_thread != nullptr && state.encoding_thread != caller;
  if (!lock_.owns_lock() || (state.has_open_encoder && is_other)) {
    // The other may be at its very first call, and not have left its name yet.
    const std::string other = is_other ? describe_thread(*state.encoding_thread) : "another thread";
    throw ThreadingError(buffer.name() + " takes commands from one thread at a time: " + other +
                         (lock_.owns_lock() ? " has an encoder open, and " : " is encoding, and ") +
                         describe_this_thread() +
                         " calls it. Give each thread a command buffer of its own, or hand this one over when the "
                         "encoder has ended.");
  }
  if (forbids_committed && state.status >= CommandBufferStatus::Committed)
    throw ValidationError(buffer.name() + " is committed and takes no more commands.");
  if (state.has_open_encoder)
    throw ValidationError(buffer.name() + " has an open encoder; call its end_encoding() first.");
  state.encoding_thread = caller;
}

}  // namespace pymetal
