// From the arguments that a kernel hands to os_log to a message at the log handler.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "pymetal/export.h"

namespace pymetal::backend {

enum class LogArgumentKind : std::uint32_t { Signed, Unsigned, Float, Pointer };

/// One argument as `src/stdlib/metal_logging` lays it out: integers extended to 64 bits, the bits of floats.
struct LogArgument {
  LogArgumentKind kind;
  std::uint32_t components;
  std::uint64_t bits[4];
};

/// Formats as printf does, with the vectors of MSL ("%v4f") and the length "hl". Never reads what is not there: an
/// argument that lacks prints as "(missing)", one of another kind is converted.
PYMETAL_EXPORT std::string format_log_message(const char* format, std::span<const LogArgument> arguments);

/// The name by which the code of kernels knows the function below.
inline constexpr const char* kDeliverLog = "pymetal_deliver_log";

/// What executors call for `mtl.log`; any thread may. Throws nothing.
PYMETAL_EXPORT void deliver_shader_log(std::uint32_t type, const char* subsystem, const char* category,
                                       const char* format, const LogArgument* arguments, std::uint32_t count) noexcept;

}  // namespace pymetal::backend
