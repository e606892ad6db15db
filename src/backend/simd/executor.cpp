// Runs a kernel simdgroup by simdgroup: the fast executor.
#include "backend/simd/executor.h"

#include <atomic>
#include <mutex>
#include <vector>

#include "backend/cpu/float_environment.h"
#include "backend/cpu/frame_slab.h"
#include "backend/cpu/loaded_code.h"
#include "backend/shader_log.h"
#include "backend/simd/simdgroup_state.h"
#include "support/thread_pool.h"

namespace pymetal::backend::simd {
namespace {

using cpu::Extent;
using cpu::kSimdgroupWidth;

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

  void dispatch(const DispatchCommand& command) const override;

  bool suspends() const { return suspends_; }

  /// The function for a layout; makes it where it is not there yet.
  void* function(lowering::ThreadLayout layout) const {
    const Variant* found = variants_[index(layout)].load(std::memory_order_acquire);
    if (found != nullptr) return found->function();
    const std::lock_guard lock(mutex_);
    found = variants_[index(layout)].load(std::memory_order_relaxed);
    return (found != nullptr ? found : own(layout, make_code_(layout)))->function();
  }

 private:
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
    const bool in_rows = extent[0] % kSimdgroupWidth == 0 || (extent[1] == 1 && extent[2] == 1);
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

void SimdPipeline::dispatch(const DispatchCommand& command) const {
  support::ThreadPool::shared().run(cpu::threadgroup_count(command), [&](support::TaskRange& range) {
    const cpu::FloatEnvironment environment;
    ThreadgroupRunner runner(*this, command);
    while (const auto index = range.next()) runner.run(*index);
  });
}

}  // namespace

std::shared_ptr<const cpu::CpuPipeline> load_pipeline(const cpu::KernelCode& code, const FunctionInfo& function,
                                                      MakeCode make_code) {
  return std::make_shared<SimdPipeline>(code, function, std::move(make_code));
}

}  // namespace pymetal::backend::simd
