// Runs a kernel thread by thread: the plain executor that the fast ones are compared with.
#include "backend/checked/executor.h"

#include <algorithm>
#include <span>
#include <vector>

#include "backend/checked/access_report.h"
#include "backend/checked/cross_lane.h"
#include "backend/checked/frame_slab.h"
#include "backend/checked/thread_state.h"
#include "backend/checked/thread_symbols.h"
#include "backend/cpu/float_environment.h"
#include "backend/cpu/kernel_fault.h"
#include "backend/cpu/kernel_log.h"
#include "backend/cpu/loaded_code.h"
#include "backend/cpu/threadgroup_state.h"
#include "support/thread_pool.h"

namespace pymetal::backend::checked {
namespace {

/// The code of a kernel and what a dispatch must know of it.
struct ExecutableKernel {
  bool suspends = false;
  /// `void (ThreadState*)`, or `void* (ThreadState*)` where it suspends.
  void* run_thread = nullptr;
  std::uint64_t threadgroup_variable_bytes = 0;
  std::string name;
  const ComputePipelineReflection& reflection;
};

/// Nanoseconds: more than each takes on machines of today.
constexpr double kThreadTime = 100;
constexpr double kStepTime = 8;

using cpu::kQuadgroupWidth;
using cpu::kSimdgroupWidth;

void set(Extent& extent, std::uint32_t x, std::uint32_t y = 1, std::uint32_t z = 1) {
  extent[0] = x;
  extent[1] = y;
  extent[2] = z;
}

/// What one worker needs to run threadgroups, one after the other.
class ThreadgroupRunner {
 public:
  ThreadgroupRunner(const ExecutableKernel& kernel, const DispatchCommand& command)
      : kernel_(kernel),
        group_(command, command.threads_per_threadgroup, kernel.threadgroup_variable_bytes),
        threads_(group_.full_thread_count()) {}

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
    group_.move_to(index);
    group_.clear_memory();
    const Extent& extent = group_.state().threads_per_threadgroup;
    const Extent& origin = group_.origin();
    active_ = std::span(threads_).first(group_.thread_count());
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
          thread.threadgroup = &group_.state();
        }
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

  static std::span<const std::uint32_t> progress(const ThreadState& thread) {
    return {thread.progress, thread.progress_length};
  }

  /// Runs cross-lane operations until each lane waits at a barrier or has finished: those of the lanes that are
  /// furthest behind, so that they catch up with the others before these go on.
  void run_simdgroup(std::span<ThreadState> lanes) {
    for (;;) {
      const ThreadState* earliest = nullptr;
      for (const ThreadState& lane : lanes)
        if (lane.status == ThreadStatus::AtCrossLane &&
            (earliest == nullptr || std::ranges::lexicographical_compare(progress(lane), progress(*earliest))))
          earliest = &lane;
      if (earliest == nullptr) return;
      std::uint64_t active = 0;
      for (std::size_t i = 0; i < lanes.size(); ++i)
        if (lanes[i].status == ThreadStatus::AtCrossLane && std::ranges::equal(progress(lanes[i]), progress(*earliest)))
          active |= std::uint64_t{1} << i;
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
  cpu::Threadgroup group_;
  std::vector<ThreadState> threads_;
  std::span<ThreadState> active_;
  std::vector<ThreadState*> released_;
  FrameSlab frames_;
};

extern "C" void* pymetal_allocate_frame(ThreadState*, std::uint64_t size) {
  const cpu::OutsideKernel outside;
  ThreadgroupRunner& runner = *ThreadgroupRunner::current();
  return runner.frames().allocate(size, runner.thread_count());
}

void execute(const ExecutableKernel& kernel, const DispatchCommand& command) {
  const std::uint64_t count = cpu::threadgroup_count(command.threads_per_grid, command.threads_per_threadgroup);
  support::ThreadPool::shared().run(count, [&](support::TaskRange& range) {
    const cpu::FloatEnvironment environment;
    ThreadgroupRunner runner(kernel, command);
    ThreadgroupRunner::current() = &runner;
    const AccessReport report(runner.frames());
    cpu::run_kernel_code(kernel.name, [&] {
      while (const auto index = range.next()) runner.run(*index);
    });
    ThreadgroupRunner::current() = nullptr;
    report.require_none(kernel.name, kernel.reflection);
  });
}

class CheckedPipeline final : public cpu::CpuPipeline {
 public:
  CheckedPipeline(const cpu::KernelCode& code, const FunctionInfo& function)
      : CpuPipeline(code, function),
        code_(code.image, {{kAllocateFrame, reinterpret_cast<void*>(&pymetal_allocate_frame)},
                           {kBadAccess, reinterpret_cast<void*>(&pymetal_bad_access)},
                           {kMayAccess, reinterpret_cast<void*>(&pymetal_may_access)},
                           cpu::log_symbol()}),
        kernel_{code.suspends, code_.address(kThreadFunction), code.threadgroup_variable_bytes, function.name,
                reflection()} {}

  std::optional<std::chrono::nanoseconds> longest_time(const DispatchCommand& command) const override {
    if (most_steps() == 0) return std::nullopt;
    const Size& threads = command.threads_per_threadgroup;
    const double time =
        static_cast<double>(cpu::threadgroup_count(command.threads_per_grid, command.threads_per_threadgroup)) *
        static_cast<double>(threads.width * threads.height * threads.depth) * (kThreadTime + most_steps() * kStepTime);
    return rounded(time);
  }
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
