// What all threads of a threadgroup share, as the generated code of a kernel reads it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "backend/backend.h"

namespace pymetal::backend::cpu {

using Extent = std::uint32_t[3];

inline constexpr std::uint32_t kSimdgroupWidth = 32;
inline constexpr std::uint32_t kQuadgroupWidth = 4;

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
  /// If each thread of the grid writes so many bytes, they are more than caches hold.
  std::uint32_t bytes_past_caches;
  const std::uint64_t* buffers;
  /// Bytes from there on, per slot.
  const std::uint64_t* buffer_lengths;
  std::byte* threadgroup_memory;
  std::uint64_t threadgroup_memory_bytes;
  /// What the kernel's own variables take of it, which come first.
  std::uint64_t threadgroup_variable_bytes;
  /// From `threadgroup_memory`, per slot.
  const std::uint32_t* threadgroup_argument_offsets;
  const std::uint32_t* threadgroup_argument_lengths;
};

/// The state and the memory of one threadgroup at a time.
class Threadgroup {
 public:
  /// Throws std::bad_alloc. `threads` form one threadgroup.
  Threadgroup(const DispatchCommand& command, const Size& threads, std::uint64_t variable_bytes);
  Threadgroup(const Threadgroup&) = delete;
  Threadgroup& operator=(const Threadgroup&) = delete;

  /// Becomes the threadgroup of that index, counted along x first. The next one after another is found soonest.
  void move_to(std::uint64_t index);
  /// Metal leaves the memory undefined; zeros make wrong programs fail the same way each time.
  void clear_memory();

  void set_bytes_past_caches(std::uint32_t bytes) { state_.bytes_past_caches = bytes; }

  const ThreadgroupState& state() const { return state_; }
  /// Where the threadgroup begins in the grid, in threads.
  const Extent& origin() const { return origin_; }
  std::uint32_t thread_count() const { return thread_count_; }
  /// Of a threadgroup that no edge cuts.
  std::uint32_t full_thread_count() const { return full_thread_count_; }

 private:
  /// Cuts the threadgroup to what the grid leaves of it.
  void place(int axis, std::uint32_t position);
  void count_threads();

  ThreadgroupState state_{};
  std::uint64_t index_ = 0;
  Extent origin_{};
  std::uint32_t thread_count_ = 0;
  std::uint32_t full_thread_count_ = 0;
  std::array<std::uint32_t, kThreadgroupMemorySlots> argument_offsets_{};
  std::array<std::uint32_t, kThreadgroupMemorySlots> argument_lengths_{};
  std::array<std::uint64_t, kBufferSlots> buffers_{};
  std::array<std::uint64_t, kBufferSlots> buffer_lengths_{};
  std::vector<std::byte> memory_;
  std::uint64_t memory_bytes_ = 0;
};

/// The number of threadgroups of so many threads that a grid takes.
std::uint64_t threadgroup_count(const Size& grid, const Size& threads);

}  // namespace pymetal::backend::cpu
