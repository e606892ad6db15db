// The record that the generated code reads of a simdgroup. lower_to_simdgroups.cpp knows its layout.
#pragma once

#include "backend/cpu/threadgroup_state.h"

namespace pymetal::backend::simd {

struct SimdgroupState {
  /// Lane 0's position in the threadgroup.
  cpu::Extent first_position;
  cpu::Extent simdgroup_index_in_threadgroup;
  /// Bit i is set where lane i is a thread.
  std::uint32_t mask;
  /// The positions of all lanes in the threadgroup: all x, then all y, then all z.
  const std::uint32_t (*positions)[cpu::kSimdgroupWidth];
};

/// `void (const SimdgroupState* simdgroups, uint32_t count, const ThreadgroupState*, void* contexts)`: runs simdgroups
/// of a threadgroup. Where they wait for each other it must be all of them, and there is a context for each, of
/// KernelCode::context_bytes.
inline constexpr const char* kSimdgroupsFunction = "pymetal_run_simdgroups";
using RunSimdgroups = void (*)(const SimdgroupState*, std::uint32_t, const cpu::ThreadgroupState*, void*);

}  // namespace pymetal::backend::simd
