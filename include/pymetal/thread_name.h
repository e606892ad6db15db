// How errors about threads name them.
#pragma once

#include <string>

#include "pymetal/export.h"

namespace pymetal {

/// Gives the name of the calling thread. By default that is the name that the system knows.
using ThreadNameSource = std::string (*)();

/// Replaces the source; null brings the default back. A thread is asked when it first encodes, and again when it breaks
/// a rule.
PYMETAL_EXPORT void set_thread_name_source(ThreadNameSource source);

}  // namespace pymetal
