// Runs a kernel thread by thread: the plain executor that the fast ones are compared with.
#include "backend/checked/executor.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <span>
#include <vector>

#include "backend/checked/cross_lane.h"
#include "backend/checked/thread_state.h"
#include "backend/checked/thread_symbols.h"
#include "backend/cpu/loaded_code.h"
#include "backend/shader_log.h"
#include "support/thread_pool.h"

namespace pymetal::backend::checked {
namespace {

/// The code of a kernel and what a dispatch must know of it.
struct ExecutableKernel {
  bool suspends = false;
  /// `void (ThreadState*)`, or `void* (ThreadState*)` where it suspends.
  void* run_thread = nullptr;
  std::uint64_t threadgroup_variable_bytes = 0;
};

constexpr std::uint32_t kSimdgroupWidth = cpu::kThreadExecutionWidth;
constexpr std::uint32_t kQuadgroupWidth = 4;
constexpr std::size_t kFrameAlignment = 64;
constexpr std::size_t kThreadgroupMemoryAlignment = 256;

std::uint32_t divide_up(std::uint64_t value, std::uint64_t divisor) {
  return static_cast<std::uint32_t>((value + divisor - 1) / divisor);
}

void set(Extent& extent, std::uint64_t x, std::uint64_t y = 1, std::uint64_t z = 1) {
  extent[0] = static_cast<std::uint32_t>(x);
  extent[1] = static_cast<std::uint32_t>(y);
  extent[2] = static_cast<std::uint32_t>(z);
}

/// Memory for the coroutines of one threadgroup at a time; all their frames are of one size.
class FrameSlab {
 public:
  void reset() { used_ = 0; }

  void* allocate(std::uint64_t size, std::uint64_t thread_count) {
    const std::uint64_t step = (size + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
    if (used_ == 0 && capacity_ < step * thread_count) {
      memory_.reset(static_cast<std::byte*>(
          ::operator new[](step* thread_count, std::align_val_t(kFrameAlignment), std::nothrow)));
      capacity_ = memory_ ? step * thread_count : 0;
    }
    if (used_ + step > capacity_) return nullptr;
    void* frame = memory_.get() + used_;
    used_ += step;
    return frame;
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const { ::operator delete[](memory, std::align_val_t(kFrameAlignment)); }
  };
  std::unique_ptr<std::byte[], Free> memory_;
  std::uint64_t capacity_ = 0;
  std::uint64_t used_ = 0;
};

/// The sanitizer would look for the type of the called function in front of it, where the code of a kernel has nothing.
#define PYMETAL_CALLS_KERNEL __attribute__((no_sanitize("function")))

/// What one worker needs to run threadgroups, one after the other.
class ThreadgroupRunner {
 public:
  ThreadgroupRunner(const ExecutableKernel& kernel, const DispatchCommand& command)
      : kernel_(kernel), argument_offsets_{} {
    const Size& threads = command.threads_per_threadgroup;
    threads_.resize(threads.width * threads.height * threads.depth);
    std::uint64_t bytes = kernel.threadgroup_variable_bytes;
    for (std::size_t slot = 0; slot < kThreadgroupMemorySlots; ++slot) {
      argument_offsets_[slot] = static_cast<std::uint32_t>(bytes);
      bytes += (command.threadgroup_memory[slot] + 15u) / 16u * 16u;
    }
    memory_.resize(bytes + kThreadgroupMemoryAlignment);
    void* base = memory_.data();
    std::size_t space = memory_.size();
    group_.threadgroup_memory =
        static_cast<std::byte*>(std::align(kThreadgroupMemoryAlignment, std::max<std::size_t>(bytes, 1), base, space));
    memory_bytes_ = bytes;
    group_.buffers = command.buffers.data();
    group_.threadgroup_argument_offsets = argument_offsets_.data();
    const Size& grid = command.threads_per_grid;
    set(group_.threads_per_grid, grid.width, grid.height, grid.depth);
    set(group_.dispatch_threads_per_threadgroup, threads.width, threads.height, threads.depth);
    set(group_.threadgroups_per_grid, divide_up(grid.width, threads.width), divide_up(grid.height, threads.height),
        divide_up(grid.depth, threads.depth));
    set(group_.grid_origin, 0, 0, 0);
    set(group_.dispatch_simdgroups_per_threadgroup, divide_up(threads_.size(), kSimdgroupWidth));
    set(group_.dispatch_quadgroups_per_threadgroup, divide_up(threads_.size(), kQuadgroupWidth));
  }

  PYMETAL_CALLS_KERNEL void run(std::uint64_t index) {
    set_up(index);
    if (kernel_.suspends) {
      run_coroutines();
    } else {
      auto* const function = reinterpret_cast<void (*)(ThreadState*)>(kernel_.run_thread);
      for (ThreadState& thread : active_) function(&thread);
    }
  }

  FrameSlab& frames() { return frames_; }
  std::size_t thread_count() const { return threads_.size(); }

  static ThreadgroupRunner*& current() {
    thread_local ThreadgroupRunner* runner = nullptr;
    return runner;
  }

 private:
  void set_up(std::uint64_t index) {
    const Extent& groups = group_.threadgroups_per_grid;
    const Extent& full = group_.dispatch_threads_per_threadgroup;
    const std::uint64_t position[3] = {index % groups[0], index / groups[0] % groups[1], index / groups[0] / groups[1]};
    std::uint64_t origin[3];
    for (int i = 0; i < 3; ++i) {
      group_.threadgroup_position_in_grid[i] = static_cast<std::uint32_t>(position[i]);
      origin[i] = position[i] * full[i];
      group_.threads_per_threadgroup[i] =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(full[i], group_.threads_per_grid[i] - origin[i]));
    }
    const Extent& extent = group_.threads_per_threadgroup;
    const std::uint32_t count = extent[0] * extent[1] * extent[2];
    set(group_.simdgroups_per_threadgroup, divide_up(count, kSimdgroupWidth));
    set(group_.quadgroups_per_threadgroup, divide_up(count, kQuadgroupWidth));
    active_ = std::span(threads_).first(count);
    std::uint32_t i = 0;
    for (std::uint32_t z = 0; z < extent[2]; ++z)
      for (std::uint32_t y = 0; y < extent[1]; ++y)
        for (std::uint32_t x = 0; x < extent[0]; ++x, ++i) {
          ThreadState& thread = active_[i];
          set(thread.thread_position_in_threadgroup, x, y, z);
          set(thread.thread_position_in_grid, origin[0] + x, origin[1] + y, origin[2] + z);
          set(thread.thread_index_in_threadgroup, i, 0, 0);
          set(thread.thread_index_in_simdgroup, i % kSimdgroupWidth, 0, 0);
          set(thread.simdgroup_index_in_threadgroup, i / kSimdgroupWidth, 0, 0);
          set(thread.thread_index_in_quadgroup, i % kQuadgroupWidth, 0, 0);
          set(thread.quadgroup_index_in_threadgroup, i / kQuadgroupWidth, 0, 0);
          thread.status = ThreadStatus::Running;
          thread.threadgroup = &group_;
        }
    // Metal leaves it undefined; zeros make wrong programs fail the same way each time.
    std::memset(group_.threadgroup_memory, 0, memory_bytes_);
  }

  PYMETAL_CALLS_KERNEL void run_coroutines() {
    frames_.reset();
    auto* const start = reinterpret_cast<void* (*)(ThreadState*)>(kernel_.run_thread);
    for (ThreadState& thread : active_) {
      thread.coroutine = start(&thread);
      if (thread.coroutine == nullptr)
        throw ResourceError("There is no memory for the threads of a threadgroup (" + std::to_string(active_.size()) +
                            " threads).");
    }
    // A thread that has finished counts as arrived.
    do {
      for (std::size_t first = 0; first < active_.size(); first += kSimdgroupWidth)
        run_simdgroup(active_.subspan(first, std::min<std::size_t>(kSimdgroupWidth, active_.size() - first)));
    } while (resume_all(ThreadStatus::AtBarrier));
  }

  /// Runs cross-lane operations, the earliest in the program first, until each lane waits at a barrier or has finished.
  void run_simdgroup(std::span<ThreadState> lanes) {
    for (;;) {
      const ThreadState* earliest = nullptr;
      for (const ThreadState& lane : lanes)
        if (lane.status == ThreadStatus::AtCrossLane && (earliest == nullptr || lane.site < earliest->site))
          earliest = &lane;
      if (earliest == nullptr) return;
      const std::uint32_t site = earliest->site;
      std::uint64_t active = 0;
      for (std::size_t i = 0; i < lanes.size(); ++i)
        if (lanes[i].status == ThreadStatus::AtCrossLane && lanes[i].site == site) active |= std::uint64_t{1} << i;
      run_cross_lane(CrossLaneOperation::decode(earliest->operation), lanes, active);
      for (std::size_t i = 0; i < lanes.size(); ++i)
        if (active >> i & 1) resume(lanes[i]);
    }
  }

  bool resume_all(ThreadStatus waiting) {
    // All are let go before any runs on: one that reaches the next barrier must not be taken for one that waits here.
    released_.clear();
    for (ThreadState& thread : active_)
      if (thread.status == waiting) released_.push_back(&thread);
    for (ThreadState* thread : released_) resume(*thread);
    return !released_.empty();
  }

  PYMETAL_CALLS_KERNEL static void resume(ThreadState& thread) {
    thread.status = ThreadStatus::Running;
    // A suspended coroutine begins with the address of its resume function.
    auto* const function = *static_cast<void (**)(void*)>(thread.coroutine);
    function(thread.coroutine);
  }

  const ExecutableKernel& kernel_;
  ThreadgroupState group_{};
  std::array<std::uint32_t, kThreadgroupMemorySlots> argument_offsets_;
  std::vector<ThreadState> threads_;
  std::span<ThreadState> active_;
  std::vector<ThreadState*> released_;
  std::vector<std::byte> memory_;
  std::uint64_t memory_bytes_ = 0;
  FrameSlab frames_;
};

extern "C" void* pymetal_allocate_frame(ThreadState*, std::uint64_t size) {
  ThreadgroupRunner& runner = *ThreadgroupRunner::current();
  return runner.frames().allocate(size, runner.thread_count());
}

void execute(const ExecutableKernel& kernel, const DispatchCommand& command) {
  const Size& grid = command.threads_per_grid;
  const Size& threads = command.threads_per_threadgroup;
  const std::uint64_t count = std::uint64_t{divide_up(grid.width, threads.width)} *
                              divide_up(grid.height, threads.height) * divide_up(grid.depth, threads.depth);
  support::ThreadPool::shared().run(count, [&](support::TaskRange& range) {
    ThreadgroupRunner runner(kernel, command);
    ThreadgroupRunner::current() = &runner;
    while (const auto index = range.next()) runner.run(*index);
    ThreadgroupRunner::current() = nullptr;
  });
}

class CheckedPipeline final : public cpu::CpuPipeline {
 public:
  CheckedPipeline(const cpu::KernelCode& code, const FunctionInfo& function)
      : CpuPipeline(code, function),
        code_(code.image, {{kAllocateFrame, reinterpret_cast<void*>(&pymetal_allocate_frame)},
                           {kDeliverLog, reinterpret_cast<void*>(&deliver_shader_log)}}),
        kernel_{code.suspends, code_.address(kThreadFunction), code.threadgroup_variable_bytes} {}

  void dispatch(const DispatchCommand& command) const override { execute(kernel_, command); }

 private:
  cpu::LoadedCode code_;
  ExecutableKernel kernel_;
};

}  // namespace

std::shared_ptr<const cpu::CpuPipeline> load_pipeline(const cpu::KernelCode& code, const FunctionInfo& function) {
  return std::make_shared<CheckedPipeline>(code, function);
}

}  // namespace pymetal::backend::checked
