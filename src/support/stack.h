// How much of its stack the calling thread has left.
#pragma once

#include <cstddef>

#include "pymetal/export.h"

namespace pymetal::support {

/// Bytes; 0 where the thread runs on a stack that the system does not know, such as that of a fiber.
PYMETAL_EXPORT std::size_t stack_left();

}  // namespace pymetal::support
