// Validation: touches of buffers that race with the commands that use them.
#pragma once

#include <functional>
#include <string>

#include "pymetal/export.h"

namespace pymetal {

/// What PYMETAL_VALIDATION asks for. It is read once, when the library is loaded: unset or 0 is Off, 1 is Warn,
/// `strict` is Strict.
enum class ValidationMode { Off, Warn, Strict };
PYMETAL_EXPORT ValidationMode validation_mode();

/// The host touched a buffer that a committed, incomplete command buffer uses: read what the commands may write, or
/// wrote what they may read; or it released a buffer that nothing retains.
struct Hazard {
  /// Sentences that name the buffer, the command buffer and the encoder.
  std::string message;
};

/// Reports a hazard on the thread that caused it, and calls `wait`, which returns when the commands have run and the
/// touch is safe. Returns the message, with what it knows of the place. May be called inside a signal handler for a
/// fault of this thread; it holds no lock of PyMetal.
using HazardHandler = std::string (*)(const Hazard& hazard, const std::function<void()>& wait);

/// Replaces the handler; null brings the default back, which prints to stderr.
PYMETAL_EXPORT void set_hazard_handler(HazardHandler handler);

/// The thread's next call of PyMetal throws ThreadingError with the message. In Strict mode every hazard does this.
PYMETAL_EXPORT void throw_at_next_call(const std::string& message);

}  // namespace pymetal
