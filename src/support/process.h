// The life of the process: forks, and its end.
#pragma once

#include "pymetal/export.h"

namespace pymetal::support {

/// 0 in the process that loaded this library, and one more in each child of a fork. A thread that was started in
/// another generation does not exist in this one.
PYMETAL_EXPORT unsigned process_generation();

/// While one lives, no thread of this process forks it: a child would find half-done what is under way, and locked what
/// guards it, for ever. May be nested. The thread that holds one must not fork.
class PYMETAL_EXPORT ForkDelay {
 public:
  ForkDelay();
  ~ForkDelay();
  ForkDelay(const ForkDelay&) = delete;
  ForkDelay& operator=(const ForkDelay&) = delete;
};

/// The process has begun to end: threads take up no new work.
PYMETAL_EXPORT bool process_is_ending();

}  // namespace pymetal::support
