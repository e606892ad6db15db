// Runs one kernel that is linked to it, on the processor that both were compiled for: what tools/check_aarch64 starts.
//
// driver CONTEXT_BYTES VARIABLE_BYTES GRID_X GRID_Y GRID_Z GROUP_X GROUP_Y GROUP_Z FILE...: the files are the buffers,
// slot by slot, and are overwritten by what the kernel has made of them.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "backend/simd/simdgroup_state.h"

namespace pymetal::backend {
namespace {

using cpu::Extent;
using cpu::kSimdgroupWidth;
using simd::SimdgroupState;

extern "C" {
void pymetal_run_simdgroups(const SimdgroupState* simdgroups, std::uint32_t count,
                            const cpu::ThreadgroupState* threadgroup, void* contexts);
/// Kernels that write messages are not run here.
void pymetal_deliver_log() { std::abort(); }
}

void place(SimdgroupState& simdgroup, std::vector<std::uint32_t>& positions, std::uint32_t first, std::uint32_t count,
           const Extent& extent) {
  const std::uint32_t lanes = std::min(kSimdgroupWidth, count - first);
  simdgroup.mask = lanes == kSimdgroupWidth ? ~0u : (1u << lanes) - 1;
  positions.resize(std::size_t{3} * kSimdgroupWidth);
  for (std::uint32_t lane = 0; lane < kSimdgroupWidth; ++lane) {
    const std::uint32_t index = std::min(first + lane, count - 1);
    const std::uint32_t position[3] = {index % extent[0], index / extent[0] % extent[1], index / extent[0] / extent[1]};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      positions[axis * kSimdgroupWidth + lane] = position[axis];
      if (lane == 0) simdgroup.first_position[axis] = position[axis];
    }
  }
  simdgroup.positions = reinterpret_cast<const std::uint32_t(*)[kSimdgroupWidth]>(positions.data());
}

void run(const DispatchCommand& command, std::uint64_t context_bytes, std::uint64_t variable_bytes) {
  constexpr std::size_t kAlignment = 64;
  cpu::Threadgroup group(command, command.threads_per_threadgroup, variable_bytes);
  const std::size_t most = (group.full_thread_count() + kSimdgroupWidth - 1) / kSimdgroupWidth;
  std::vector<SimdgroupState> simdgroups(most);
  std::vector<std::vector<std::uint32_t>> positions(most);
  void* contexts = std::aligned_alloc(kAlignment, (context_bytes * most / kAlignment + 1) * kAlignment);
  const std::uint64_t count = cpu::threadgroup_count(command.threads_per_grid, command.threads_per_threadgroup);
  for (std::uint64_t index = 0; index < count; ++index) {
    group.move_to(index);
    group.clear_memory();
    const std::uint32_t active = (group.thread_count() + kSimdgroupWidth - 1) / kSimdgroupWidth;
    for (std::uint32_t i = 0; i < active; ++i) {
      place(simdgroups[i], positions[i], i * kSimdgroupWidth, group.thread_count(),
            group.state().threads_per_threadgroup);
      simdgroups[i].simdgroup_index_in_threadgroup[0] = i;
    }
    pymetal_run_simdgroups(simdgroups.data(), active, &group.state(), contexts);
  }
  std::free(contexts);
}

}  // namespace
}  // namespace pymetal::backend

int main(int argc, char** argv) {
  constexpr int kFirstFile = 9;
  if (argc < kFirstFile) return 2;
  std::vector<std::uint64_t> numbers;
  for (int i = 1; i < kFirstFile; ++i) numbers.push_back(std::strtoull(argv[i], nullptr, 10));
  pymetal::backend::DispatchCommand command;
  command.threads_per_grid = {numbers[2], numbers[3], numbers[4]};
  command.threads_per_threadgroup = {numbers[5], numbers[6], numbers[7]};
  std::vector<std::vector<char>> buffers;
  for (int i = kFirstFile; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    buffers.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    command.buffers[static_cast<std::size_t>(i - kFirstFile)] = reinterpret_cast<std::uintptr_t>(buffers.back().data());
  }
  pymetal::backend::run(command, numbers[0], numbers[1]);
  for (int i = kFirstFile; i < argc; ++i) {
    const std::vector<char>& buffer = buffers[static_cast<std::size_t>(i - kFirstFile)];
    std::ofstream(argv[i], std::ios::binary).write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
  }
  return 0;
}
