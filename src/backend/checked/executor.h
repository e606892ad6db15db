// Runs a kernel thread by thread: the plain executor that the fast ones are compared with.
#pragma once

#include <cstdint>
#include <memory>

#include "backend/backend.h"
#include "backend/checked/jit.h"
#include "backend/checked/thread_state.h"

namespace pymetal::backend::checked {

/// The code of a kernel and what a dispatch must know of it.
struct ExecutableKernel {
  std::unique_ptr<JitCode> code;
  bool suspends = false;
  /// `void (ThreadState*)`, or `void* (ThreadState*)` where it suspends.
  void* run_thread = nullptr;
  std::uint64_t threadgroup_variable_bytes = 0;
};

/// Runs the grid to its end, on all cores. Throws ResourceError when memory runs out.
void execute(const ExecutableKernel& kernel, const DispatchCommand& command);

/// The function behind `kAllocateFrame`.
extern "C" void* pymetal_allocate_frame(ThreadState* thread, std::uint64_t size);

}  // namespace pymetal::backend::checked
