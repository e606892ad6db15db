// Takes the memory faults of this process that concern guarded buffers.
#pragma once

#include <cstdint>

namespace pymetal::hazard_guard {

enum class Touch { Unknown, Read, Write };

/// `handle` is called on the thread that faulted, inside the signal handler; it returns true where the touch may be
/// tried again. Since only code outside PyMetal touches guarded memory, the thread holds none of its locks. Other
/// faults go to the handler that was there before. The first call installs it.
void install_fault_handler(bool (*handle)(std::uintptr_t address, Touch touch));

}  // namespace pymetal::hazard_guard
