// The records that the generated code of a kernel reads and writes. lower_to_threads.cpp knows their layout.
#pragma once

#include <cstdint>

namespace pymetal::backend::checked {

using Extent = std::uint32_t[3];

/// What all threads of a threadgroup share.
struct ThreadgroupState {
  Extent threadgroup_position_in_grid;
  Extent threads_per_grid;
  /// Fewer at the edges of a grid that its threadgroups do not divide.
  Extent threads_per_threadgroup;
  Extent dispatch_threads_per_threadgroup;
  Extent threadgroups_per_grid;
  Extent grid_origin;
  Extent simdgroups_per_threadgroup;
  Extent dispatch_simdgroups_per_threadgroup;
  Extent quadgroups_per_threadgroup;
  Extent dispatch_quadgroups_per_threadgroup;
  const std::uint64_t* buffers;
  std::byte* threadgroup_memory;
  /// From `threadgroup_memory`, per slot.
  const std::uint32_t* threadgroup_argument_offsets;
};

enum class ThreadStatus : std::uint32_t { Running, AtBarrier, AtCrossLane, Finished };

/// One thread. Where it waits, it says here for what.
struct ThreadState {
  Extent thread_position_in_grid;
  Extent thread_position_in_threadgroup;
  Extent thread_index_in_threadgroup;
  Extent thread_index_in_simdgroup;
  Extent simdgroup_index_in_threadgroup;
  Extent thread_index_in_quadgroup;
  Extent quadgroup_index_in_threadgroup;
  ThreadStatus status;
  /// The place in the program, in order of the text.
  std::uint32_t site;
  /// A CrossLaneOperation.
  std::uint32_t operation;
  const ThreadgroupState* threadgroup;
  /// The operands and the result of a cross-lane operation, as bit patterns.
  std::uint64_t value;
  std::uint64_t operand;
  std::uint64_t result;
  /// The suspended coroutine.
  void* coroutine;
};

}  // namespace pymetal::backend::checked
