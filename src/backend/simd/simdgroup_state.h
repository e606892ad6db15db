// The record that the generated code of a simdgroup reads and writes. lower_to_simdgroups.cpp knows its layout.
#pragma once

#include "backend/cpu/threadgroup_state.h"

namespace pymetal::backend::simd {

enum class SimdgroupStatus : std::uint32_t { Running, AtBarrier, Finished };

struct SimdgroupState {
  /// Lane 0's position in the threadgroup.
  cpu::Extent first_position;
  cpu::Extent simdgroup_index_in_threadgroup;
  /// Bit i is set where lane i is a thread.
  std::uint32_t mask;
  SimdgroupStatus status;
  const cpu::ThreadgroupState* threadgroup;
  /// The positions of all lanes in the threadgroup: all x, then all y, then all z.
  const std::uint32_t (*positions)[cpu::kSimdgroupWidth];
  /// The suspended coroutine.
  void* coroutine;
  /// Where frames of coroutines come from.
  void* frames;
};

/// The names by which the executor and the code of a kernel know each other. The function is `void f(SimdgroupState*)`,
/// or `void* f(SimdgroupState*)` where simdgroups wait for each other: a coroutine's handle, or null without memory.
inline constexpr const char* kSimdgroupFunction = "pymetal_run_simdgroup";
/// `void* (SimdgroupState*, uint64_t size)`.
inline constexpr const char* kAllocateSimdgroupFrame = "pymetal_allocate_simdgroup_frame";

}  // namespace pymetal::backend::simd
