// The limit that PYMETAL_WAIT_TIMEOUT sets to every wait.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "pymetal/export.h"

namespace pymetal {

/// The value of PYMETAL_WAIT_TIMEOUT, which is in seconds; none where it is not set. Throws ValidationError for a text
/// that is no positive number.
PYMETAL_EXPORT std::optional<std::chrono::nanoseconds> wait_timeout();

/// What every queue of this process is busy with or waits for, a line each.
PYMETAL_EXPORT std::string describe_queues();

/// One wait of the host, which begins when this is made.
class PYMETAL_EXPORT WaitLimit {
 public:
  /// Throws Error once the wait has taken longer than `wait_timeout()`; `waiter` begins the message.
  void check(const std::string& waiter) const;

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace pymetal
