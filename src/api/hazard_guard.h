// Guards the contents of buffers from the host while commands use them, where PYMETAL_VALIDATION asks for it.
//
// The memory of a guarded buffer is mapped twice: commands use one mapping, the host the other. From the commit of a
// command buffer to its completion the host's mapping is closed as far as its commands need: to writes where they read,
// to everything where they write. A touch then faults, is reported, and waits.
#pragma once

#include "api/command_stream.h"
#include "pymetal/hazard.h"

namespace pymetal {
class Buffer;
class CommandBuffer;
}  // namespace pymetal

namespace pymetal::hazard_guard {

/// Set when the library is loaded. All functions below do nothing where it is false.
extern const bool is_enabled;

void watch_buffer(Buffer& buffer);
void forget_buffer(Buffer& buffer);
void close_for(const CommandBuffer& commands, const CommandStream& stream);
void reopen_after(const CommandBuffer& commands, const CommandStream& stream);
void throw_pending_error();

inline void watch(Buffer& buffer) {
  if (is_enabled) [[unlikely]]
    watch_buffer(buffer);
}
inline void forget(Buffer& buffer) {
  if (is_enabled) [[unlikely]]
    forget_buffer(buffer);
}
/// The command buffer is about to be committed.
inline void begin_use(const CommandBuffer& commands, const CommandStream& stream) {
  if (is_enabled) [[unlikely]]
    close_for(commands, stream);
}
/// Its commands have run.
inline void end_use(const CommandBuffer& commands, const CommandStream& stream) {
  if (is_enabled) [[unlikely]]
    reopen_after(commands, stream);
}
/// Throws what a hazard of this thread has left behind.
inline void throw_pending() {
  if (is_enabled) [[unlikely]]
    throw_pending_error();
}

}  // namespace pymetal::hazard_guard
