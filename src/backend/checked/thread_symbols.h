// The names by which the checked executor and the code of a kernel know each other.
#pragma once

namespace pymetal::backend::checked {

inline constexpr const char* kThreadFunction = "pymetal_run_thread";
/// `void* pymetal_allocate_frame(ThreadState*, uint64_t size)`: memory for a coroutine, or null.
inline constexpr const char* kAllocateFrame = "pymetal_allocate_frame";

}  // namespace pymetal::backend::checked
