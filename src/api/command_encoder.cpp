// What the encoders share: their life between the begin and `end_encoding`.
#include "pymetal/command_encoder.h"

#include "pymetal/command_buffer.h"
#include "pymetal/device.h"

namespace pymetal {

CommandEncoder::CommandEncoder(std::shared_ptr<CommandBuffer> commands, const char* kind)
    : commands_(std::move(commands)), kind_(kind) {}

/// An encoder that is dropped while it is open keeps its command buffer from being committed: its commands are a part
/// of something, and nobody can say that the rest was meant to run.
CommandEncoder::~CommandEncoder() = default;

const std::shared_ptr<Device>& CommandEncoder::device() const { return commands_->device(); }

void CommandEncoder::require_open() const {
  if (!is_open_) throw ValidationError(name() + " takes no calls after end_encoding().");
}

CommandStream& CommandEncoder::stream() const { return *commands_->stream_; }

void CommandEncoder::end_encoding() {
  require_open();
  if (!debug_groups_.empty())
    throw ValidationError(name() + " has a debug group that is not popped (" + debug_groups_.back() + ").");
  is_open_ = false;
  commands_->end_encoder();
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
