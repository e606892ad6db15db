// The names by which the checked executor and the code of a kernel know each other.
#pragma once

#include <cstdint>

namespace pymetal::backend::checked {

inline constexpr const char* kThreadFunction = "pymetal_run_thread";
/// `void* pymetal_allocate_frame(ThreadState*, uint64_t size)`: memory for a coroutine, or null.
inline constexpr const char* kAllocateFrame = "pymetal_allocate_frame";

/// What an access to memory is aimed at.
enum class AccessTarget : std::uint32_t { Buffer, ThreadgroupVariables, ThreadgroupArgument, Constant, Address };

/// `void* pymetal_bad_access(ThreadState*, uint32_t target, uint32_t index, uint32_t writes, uint64_t offset, uint64_t
/// size)`: notes the access, and returns the memory that it gets instead: zeros to read, or bytes that nobody reads.
inline constexpr const char* kBadAccess = "pymetal_bad_access";
/// `bool pymetal_may_access(ThreadState*, uint64_t address, uint64_t size)`: whether there is memory.
inline constexpr const char* kMayAccess = "pymetal_may_access";

}  // namespace pymetal::backend::checked
