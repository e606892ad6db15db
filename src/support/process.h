// The life of the process: forks, and its end.
#pragma once

#include "pymetal/export.h"

namespace pymetal::support {

/// 0 in the process that loaded this library, and one more in each child of a fork. A thread that was started in
/// another generation does not exist in this one.
PYMETAL_EXPORT unsigned process_generation();

/// The process has begun to end: threads take up no new work.
PYMETAL_EXPORT bool process_is_ending();

}  // namespace pymetal::support
