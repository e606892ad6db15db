// What the compiler makes of a kernel for one executor, and what a cache keeps of it.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/cpu/code_image.h"
#include "backend/cpu/target_cpu.h"
#include "lowering/widen/thread_layout.h"

namespace pymetal::backend::cpu {

/// The ways to run kernels on the CPU.
enum class Executor {
  /// Thread by thread; the reference.
  Checked,
  /// Simdgroup by simdgroup, on vectors.
  Simd,
};

/// What code is made for.
struct CodeTarget {
  Executor executor = Executor::Simd;
  /// As `chosen_cpu()` names it.
  std::string cpu = kNativeCpu;
  /// For Executor::Simd.
  lowering::ThreadLayout layout{};
};

struct KernelCode {
  /// What it was made for.
  Executor executor = Executor::Checked;
  CodeImage image;
  /// Threads wait for each other at barriers, or for what they tell each other.
  bool suspends = false;
  /// Bytes that a simdgroup keeps while it waits.
  std::uint64_t context_bytes = 0;
  /// Bytes that the kernel's own threadgroup variables take.
  std::uint64_t threadgroup_variable_bytes = 0;
  /// The parameters that the kernel reaches, by their place.
  std::vector<std::uint32_t> used_parameters;
  /// Steps that a thread takes at most (lowering/count_steps.h); 0 where it may take any number.
  std::uint32_t most_steps = 0;
  /// Runs in long rows, whatever the threadgroups of a dispatch (lowering/streams_along_rows.h).
  bool streams = false;
};

}  // namespace pymetal::backend::cpu
