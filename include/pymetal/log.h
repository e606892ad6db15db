// The messages that shaders write with os_log.
#pragma once

#include <functional>
#include <string>

#include "pymetal/enums.h"
#include "pymetal/export.h"

namespace pymetal {

/// One formatted message. Subsystem and category are those of the `os_log` object, empty for `os_log_default`.
struct LogMessage {
  LogLevel level = LogLevel::Notice;
  std::string subsystem;
  std::string category;
  std::string text;
};

using LogHandler = std::function<void(const LogMessage&)>;

/// Sets what receives the messages of all devices. It is called on the threads that run the kernels, several at once,
/// before the command buffer completes, and must not wait for one; exceptions that it throws are dropped. Messages of
/// one thread of the grid arrive in their order. An empty handler restores the default, `write_log_message`. Any thread
/// may call this; a message on its way may still reach the handler before.
PYMETAL_EXPORT void set_log_handler(LogHandler handler);

/// Writes the message as a line to stderr.
PYMETAL_EXPORT void write_log_message(const LogMessage& message);

}  // namespace pymetal
