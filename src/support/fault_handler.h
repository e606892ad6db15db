// Takes the memory faults of this process that PyMetal knows what to do with.
#pragma once

#include <cstdint>

#include "pymetal/export.h"

namespace pymetal::support {

enum class Touch { Unknown, Read, Write };

/// Called on the thread that faulted, inside the signal handler. Returns true where the touch may be tried again, and
/// false where the fault is none of its own.
using FaultHandler = bool (*)(std::uintptr_t address, Touch touch);

/// Adds a handler, once however often it is called; there is room for four. Faults that no handler takes go to what
/// handled them before the first was added.
PYMETAL_EXPORT void add_fault_handler(FaultHandler handler);

}  // namespace pymetal::support
