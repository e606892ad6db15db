// Runs a kernel simdgroup by simdgroup: the fast executor.
#include "backend/simd/executor.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

#include "backend/cpu/float_environment.h"
#include "backend/cpu/frame_slab.h"
#include "backend/cpu/loaded_code.h"
#include "backend/shader_log.h"
#include "backend/simd/simdgroup_state.h"
#include "support/process.h"
#include "support/thread_pool.h"

namespace pymetal::backend::simd {
namespace {

using cpu::Extent;
using cpu::kSimdgroupWidth;

/// Nanoseconds: more than each takes on machines of today.
constexpr double kDispatchTime = 500;
constexpr double kThreadgroupTime = 50;
constexpr double kStepTime = 4;
/// Nobody asks whether it is more.
constexpr double kLongestTime = 1e9;
/// Less than waking a thread, and waiting for it, takes.
constexpr double kLeastSharedTime = 20'000;

extern "C" void* pymetal_allocate_simdgroup_frame(SimdgroupState* state, std::uint64_t size) {
  auto& slab = *static_cast<cpu::FrameSlab*>(state->frames);
  slab.reset();
  return slab.allocate(size, 1);
}

/// The code for one layout.
class Variant {
 public:
  explicit Variant(const cpu::KernelCode& code)
      : code_(code.image, {{kAllocateSimdgroupFrame, reinterpret_cast<void*>(&pymetal_allocate_simdgroup_frame)},
                           {kDeliverLog, reinterpret_cast<void*>(&deliver_shader_log)}}),
        function_(code_.address(kSimdgroupFunction)) {}
  void* function() const { return function_; }

 private:
  cpu::LoadedCode code_;
  void* function_;
};

class SimdPipeline final : public cpu::CpuPipeline {
 public:
  SimdPipeline(const cpu::KernelCode& code, const FunctionInfo& function, MakeCode make_code)
      : CpuPipeline(code, function), suspends_(code.suspends), make_code_(std::move(make_code)) {
    own(lowering::ThreadLayout{}, code);
  }

  std::optional<std::chrono::nanoseconds> longest_time(const DispatchCommand& command) const override;
  void dispatch(const DispatchCommand& command) const override;

  bool suspends() const { return suspends_; }

  /// The function for a layout; makes it where it is not there yet.
  void* function(lowering::ThreadLayout layout) const {
    const Variant* found = variants_[index(layout)].load(std::memory_order_acquire);
    if (found != nullptr) return found->function();
    const support::ForkDelay delay;
    const std::lock_guard lock(mutex_);
    found = variants_[index(layout)].load(std::memory_order_relaxed);
    return (found != nullptr ? found : own(layout, make_code_(layout)))->function();
  }

  static bool is_in_rows(const Extent& extent) {
    return extent[0] % kSimdgroupWidth == 0 || (extent[1] == 1 && extent[2] == 1);
  }

 private:
  /// Every function that the dispatch may need is made.
  bool has_code(const DispatchCommand& command) const;
  /// Few threadgroups of few steps, as far as is known from the code or from the dispatches before: to share them out
  /// would take longer than they do.
  bool is_brief(const DispatchCommand& command, std::uint64_t count) const;
  static std::size_t index(lowering::ThreadLayout layout) {
    return static_cast<std::size_t>(layout.in_rows) * 2 + static_cast<std::size_t>(layout.is_full);
  }
  const Variant* own(lowering::ThreadLayout layout, const cpu::KernelCode& code) const {
    owned_.push_back(std::make_unique<Variant>(code));
    variants_[index(layout)].store(owned_.back().get(), std::memory_order_release);
    return owned_.back().get();
  }

  bool suspends_;
  MakeCode make_code_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Variant>> owned_;
  mutable std::array<std::atomic<const Variant*>, 4> variants_{};
  /// What a threadgroup took in the last dispatch, where the code does not tell; 0 before the first.
  mutable std::atomic<float> nanoseconds_per_threadgroup_{0};
};

/// What one worker needs to run threadgroups, one after the other.
class ThreadgroupRunner {
 public:
  ThreadgroupRunner(const SimdPipeline& pipeline, const DispatchCommand& command)
      : pipeline_(pipeline),
        group_(command, pipeline.static_threadgroup_memory_length()),
        simdgroups_((group_.full_thread_count() + kSimdgroupWidth - 1) / kSimdgroupWidth),
        frames_(pipeline.suspends() ? simdgroups_.size() : 0) {
    for (std::uint32_t i = 0; i < simdgroups_.size(); ++i) {
      SimdgroupState& simdgroup = simdgroups_[i];
      simdgroup.simdgroup_index_in_threadgroup[0] = i;
      simdgroup.threadgroup = &group_.state();
      if (pipeline.suspends()) simdgroup.frames = &frames_[i];
    }
  }

  void run(std::uint64_t index) {
    group_.move_to(index);
    group_.clear_memory();
    if (!std::ranges::equal(group_.state().threads_per_threadgroup, extent_)) place_lanes();
    if (pipeline_.suspends()) return run_coroutines();
    for (std::uint32_t i = 0; i < active_; ++i) run_to_end(i);
  }

 private:
  /// Gives each simdgroup its threads; needed again only where an edge cuts the threadgroup.
  void place_lanes() {
    const Extent& extent = group_.state().threads_per_threadgroup;
    std::ranges::copy(extent, extent_);
    const std::uint32_t count = group_.thread_count();
    active_ = (count + kSimdgroupWidth - 1) / kSimdgroupWidth;
    const bool in_rows = SimdPipeline::is_in_rows(extent);
    if (!in_rows) positions_.resize(active_);
    for (std::uint32_t i = 0; i < active_; ++i) {
      SimdgroupState& simdgroup = simdgroups_[i];
      const std::uint32_t first = i * kSimdgroupWidth;
      set_position(simdgroup.first_position, first);
      const std::uint32_t lanes = std::min(kSimdgroupWidth, count - first);
      simdgroup.mask = lanes == kSimdgroupWidth ? ~0u : (1u << lanes) - 1;
      if (in_rows) continue;
      for (std::uint32_t lane = 0; lane < kSimdgroupWidth; ++lane) {
        Extent position;
        set_position(position, std::min(first + lane, count - 1));
        for (int axis = 0; axis < 3; ++axis) positions_[i][axis][lane] = position[axis];
      }
      simdgroup.positions = positions_[i].data();
    }
    full_ = pipeline_.function({in_rows, true});
    const bool is_cut = count % kSimdgroupWidth != 0;
    last_ = is_cut ? pipeline_.function({in_rows, false}) : full_;
  }

  void set_position(Extent& position, std::uint32_t index) const {
    position[0] = index % extent_[0];
    position[1] = index / extent_[0] % extent_[1];
    position[2] = index / extent_[0] / extent_[1];
  }

  void* function(std::uint32_t i) const { return i + 1 == active_ ? last_ : full_; }

  PYMETAL_CALLS_KERNEL void run_to_end(std::uint32_t i) {
    reinterpret_cast<void (*)(SimdgroupState*)>(function(i))(&simdgroups_[i]);
  }

  PYMETAL_CALLS_KERNEL void run_coroutines() {
    for (std::uint32_t i = 0; i < active_; ++i) {
      SimdgroupState& simdgroup = simdgroups_[i];
      simdgroup.status = SimdgroupStatus::Running;
      simdgroup.coroutine = reinterpret_cast<void* (*)(SimdgroupState*)>(function(i))(&simdgroup);
      if (simdgroup.coroutine == nullptr)
        throw ResourceError("There is no memory for the simdgroups of a threadgroup (" + std::to_string(active_) +
                            " simdgroups).");
    }
    // A simdgroup that has finished counts as arrived. Each goes on to its next barrier before any passes that one.
    for (bool waits = true; waits;) {
      waits = false;
      for (std::uint32_t i = 0; i < active_; ++i) {
        SimdgroupState& simdgroup = simdgroups_[i];
        if (simdgroup.status != SimdgroupStatus::AtBarrier) continue;
        simdgroup.status = SimdgroupStatus::Running;
        // A suspended coroutine begins with the address of its resume function.
        (*static_cast<void (**)(void*)>(simdgroup.coroutine))(simdgroup.coroutine);
        waits |= simdgroup.status == SimdgroupStatus::AtBarrier;
      }
    }
  }

  const SimdPipeline& pipeline_;
  cpu::Threadgroup group_;
  Extent extent_{};
  std::uint32_t active_ = 0;
  /// The code of all simdgroups but the last, and of the last, which may be cut.
  void* full_ = nullptr;
  void* last_ = nullptr;
  std::vector<SimdgroupState> simdgroups_;
  /// One for each simdgroup, since the last one may have code of its own, and frames of another size.
  std::vector<cpu::FrameSlab> frames_;
  std::vector<std::array<std::uint32_t[kSimdgroupWidth], 3>> positions_;
};

bool SimdPipeline::has_code(const DispatchCommand& command) const {
  const auto length = [](std::uint64_t grid, std::uint64_t full, bool is_cut) {
    return static_cast<std::uint32_t>(is_cut ? grid % full : full);
  };
  for (unsigned cuts = 0; cuts < 8; ++cuts) {
    const Size& grid = command.threads_per_grid;
    const Size& full = command.threads_per_threadgroup;
    const Extent extent = {length(grid.width, full.width, (cuts & 1) != 0),
                           length(grid.height, full.height, (cuts & 2) != 0),
                           length(grid.depth, full.depth, (cuts & 4) != 0)};
    const std::uint32_t count = extent[0] * extent[1] * extent[2];
    if (count == 0) continue;
    const bool in_rows = is_in_rows(extent);
    if (count >= kSimdgroupWidth && variants_[index({in_rows, true})].load(std::memory_order_acquire) == nullptr)
      return false;
    if (count % kSimdgroupWidth != 0 && variants_[index({in_rows, false})].load(std::memory_order_acquire) == nullptr)
      return false;
  }
  return true;
}

std::optional<std::chrono::nanoseconds> SimdPipeline::longest_time(const DispatchCommand& command) const {
  if (most_steps() == 0 || !has_code(command)) return std::nullopt;
  const Size& threads = command.threads_per_threadgroup;
  const auto simdgroups =
      static_cast<double>((threads.width * threads.height * threads.depth + kSimdgroupWidth - 1) / kSimdgroupWidth);
  const double time = kDispatchTime + static_cast<double>(cpu::threadgroup_count(command)) *
                                          (kThreadgroupTime + simdgroups * most_steps() * kStepTime);
  if (time > kLongestTime) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(time));
}

bool SimdPipeline::is_brief(const DispatchCommand& command, std::uint64_t count) const {
  if (count == 1) return true;
  if (const auto time = longest_time(command)) return static_cast<double>(time->count()) < kLeastSharedTime;
  const double measured = nanoseconds_per_threadgroup_.load(std::memory_order_relaxed);
  return measured > 0 && measured * static_cast<double>(count) < kLeastSharedTime;
}

void SimdPipeline::dispatch(const DispatchCommand& command) const {
  const auto work = [&](support::TaskRange& range) {
    const cpu::FloatEnvironment environment;
    ThreadgroupRunner runner(*this, command);
    while (const auto index = range.next()) runner.run(*index);
  };
  const std::uint64_t count = cpu::threadgroup_count(command);
  const bool is_measured = count > 1 && most_steps() == 0;
  const auto begin = is_measured ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  support::ThreadPool& pool = support::ThreadPool::shared();
  const bool is_alone = is_brief(command, count);
  if (is_alone)
    support::ThreadPool::run_here(count, work);
  else
    pool.run(count, work);
  if (!is_measured) return;
  const std::chrono::duration<float, std::nano> time = std::chrono::steady_clock::now() - begin;
  const float workers = is_alone ? 1.0f : static_cast<float>(pool.concurrency());
  nanoseconds_per_threadgroup_.store(time.count() * workers / static_cast<float>(count), std::memory_order_relaxed);
}

}  // namespace

std::shared_ptr<const cpu::CpuPipeline> load_pipeline(const cpu::KernelCode& code, const FunctionInfo& function,
                                                      MakeCode make_code) {
  return std::make_shared<SimdPipeline>(code, function, std::move(make_code));
}

}  // namespace pymetal::backend::simd
