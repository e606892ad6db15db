// The records that the generated code of a kernel reads and writes. lower_to_threads.cpp knows their layout.
#pragma once

#include "backend/cpu/threadgroup_state.h"

namespace pymetal::backend::checked {

using cpu::Extent;
using cpu::ThreadgroupState;

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
  /// How far the thread has come, to be compared word by word: the place of each loop that it is in, outermost first,
  /// with the number of the round, and then its own place.
  std::uint32_t progress_length;
  const std::uint32_t* progress;
  /// A CrossLaneOperation.
  std::uint32_t operation;
  const ThreadgroupState* threadgroup;
  /// The operands and the result of a cross-lane operation, as bit patterns.
  std::uint64_t value;
  std::uint64_t operand;
  std::uint64_t addend;
  std::uint64_t result;
  /// The suspended coroutine.
  void* coroutine;
};

}  // namespace pymetal::backend::checked
