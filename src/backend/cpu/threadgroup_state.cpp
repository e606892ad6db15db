// What all threads of a threadgroup share, as the generated code of a kernel reads it.
#include "backend/cpu/threadgroup_state.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace pymetal::backend::cpu {
namespace {

constexpr std::size_t kMemoryAlignment = 256;

std::uint32_t divide_up(std::uint64_t value, std::uint64_t divisor) {
  return static_cast<std::uint32_t>((value + divisor - 1) / divisor);
}

void set(Extent& extent, std::uint64_t x, std::uint64_t y = 1, std::uint64_t z = 1) {
  extent[0] = static_cast<std::uint32_t>(x);
  extent[1] = static_cast<std::uint32_t>(y);
  extent[2] = static_cast<std::uint32_t>(z);
}

}  // namespace

Threadgroup::Threadgroup(const DispatchCommand& command, const Size& threads, std::uint64_t variable_bytes)
    : argument_lengths_(command.threadgroup_memory),
      buffers_(command.buffers),
      buffer_lengths_(command.buffer_lengths) {
  full_thread_count_ = static_cast<std::uint32_t>(threads.width * threads.height * threads.depth);
  memory_bytes_ = variable_bytes;
  for (std::size_t slot = 0; slot < kThreadgroupMemorySlots; ++slot) {
    argument_offsets_[slot] = static_cast<std::uint32_t>(memory_bytes_);
    memory_bytes_ += (command.threadgroup_memory[slot] + 15u) / 16u * 16u;
  }
  memory_.resize(memory_bytes_ + kMemoryAlignment);
  void* base = memory_.data();
  std::size_t space = memory_.size();
  state_.threadgroup_memory =
      static_cast<std::byte*>(std::align(kMemoryAlignment, std::max<std::size_t>(memory_bytes_, 1), base, space));
  state_.threadgroup_memory_bytes = memory_bytes_;
  state_.threadgroup_variable_bytes = variable_bytes;
  state_.buffers = buffers_.data();
  state_.buffer_lengths = buffer_lengths_.data();
  state_.threadgroup_argument_lengths = argument_lengths_.data();
  state_.threadgroup_argument_offsets = argument_offsets_.data();
  const Size& grid = command.threads_per_grid;
  set(state_.threads_per_grid, grid.width, grid.height, grid.depth);
  set(state_.dispatch_threads_per_threadgroup, threads.width, threads.height, threads.depth);
  set(state_.threadgroups_per_grid, divide_up(grid.width, threads.width), divide_up(grid.height, threads.height),
      divide_up(grid.depth, threads.depth));
  set(state_.grid_origin, 0, 0, 0);
  set(state_.dispatch_simdgroups_per_threadgroup, divide_up(full_thread_count_, kSimdgroupWidth));
  set(state_.dispatch_quadgroups_per_threadgroup, divide_up(full_thread_count_, kQuadgroupWidth));
  for (int axis = 0; axis < 3; ++axis) place(axis, 0);
}

void Threadgroup::place(int axis, std::uint32_t position) {
  const std::uint32_t full = state_.dispatch_threads_per_threadgroup[axis];
  state_.threadgroup_position_in_grid[axis] = position;
  origin_[axis] = position * full;
  const std::uint32_t extent = std::min(full, state_.threads_per_grid[axis] - origin_[axis]);
  if (extent == state_.threads_per_threadgroup[axis]) return;
  state_.threads_per_threadgroup[axis] = extent;
  count_threads();
}

void Threadgroup::count_threads() {
  const Extent& extent = state_.threads_per_threadgroup;
  thread_count_ = extent[0] * extent[1] * extent[2];
  set(state_.simdgroups_per_threadgroup, divide_up(thread_count_, kSimdgroupWidth));
  set(state_.quadgroups_per_threadgroup, divide_up(thread_count_, kQuadgroupWidth));
}

void Threadgroup::move_to(std::uint64_t index) {
  const Extent& groups = state_.threadgroups_per_grid;
  const std::uint32_t next = state_.threadgroup_position_in_grid[0] + 1;
  if (index == index_ + 1 && next < groups[0]) {
    place(0, next);
  } else {
    place(0, static_cast<std::uint32_t>(index % groups[0]));
    place(1, static_cast<std::uint32_t>(index / groups[0] % groups[1]));
    place(2, static_cast<std::uint32_t>(index / groups[0] / groups[1]));
  }
  index_ = index;
}

void Threadgroup::clear_memory() {
  if (memory_bytes_ > 0) std::memset(state_.threadgroup_memory, 0, memory_bytes_);
}

std::uint64_t threadgroup_count(const Size& grid, const Size& threads) {
  return std::uint64_t{divide_up(grid.width, threads.width)} * divide_up(grid.height, threads.height) *
         divide_up(grid.depth, threads.depth);
}

}  // namespace pymetal::backend::cpu
