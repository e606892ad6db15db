// Runs a kernel simdgroup by simdgroup: the fast executor.
#include "backend/simd/executor.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <span>
#include <vector>

#include "backend/cpu/float_environment.h"
#include "backend/cpu/kernel_fault.h"
#include "backend/cpu/kernel_log.h"
#include "backend/cpu/loaded_code.h"
#include "backend/cpu/machine.h"
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
/// Less than waking a thread, and waiting for it, takes.
constexpr double kLeastSharedTime = 20'000;

/// Asked when a pipeline is made: a thread that runs kernels may be in the midst of it when another forks the process,
/// and nobody would end it in the child.
std::uint64_t cache_bytes() {
  const support::ForkDelay delay;
  static const std::uint64_t bytes = cpu::last_cache_bytes(support::ThreadPool::shared().concurrency());
  return bytes;
}

/// In how many parts a dispatch of a kernel that streams is cut at least, so that cores finish together, and how long
/// its rows are at most.
constexpr std::uint64_t kLeastRows = 256;
constexpr std::uint64_t kMostThreadsInRow = 4096;

/// They take no part in the order of other stores (store_past_caches.h).
void fence_stores_past_caches() {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

/// The code for one layout.
class Variant {
 public:
  explicit Variant(const cpu::KernelCode& code)
      : code_(code.image, {cpu::log_symbol()}),
        run_(reinterpret_cast<RunSimdgroups>(code_.address(kSimdgroupsFunction))),
        context_bytes_(code.context_bytes) {}

  PYMETAL_CALLS_KERNEL void run(std::span<const SimdgroupState> simdgroups, const cpu::ThreadgroupState& threadgroup,
                                void* contexts) const {
    run_(simdgroups.data(), static_cast<std::uint32_t>(simdgroups.size()), &threadgroup, contexts);
  }
  std::uint64_t context_bytes() const { return context_bytes_; }

 private:
  cpu::LoadedCode code_;
  RunSimdgroups run_;
  std::uint64_t context_bytes_;
};

class SimdPipeline final : public cpu::CpuPipeline {
 public:
  SimdPipeline(const cpu::KernelCode& code, const FunctionInfo& function, MakeCode make_code)
      : CpuPipeline(code, function),
        name_(function.name),
        waits_(code.suspends),
        streams_(code.streams),
        cache_bytes_(cache_bytes()),
        make_code_(std::move(make_code)) {
    own(lowering::ThreadLayout{}, code);
  }

  std::optional<std::chrono::nanoseconds> longest_time(const DispatchCommand& command) const override;
  void dispatch(const DispatchCommand& command) const override;

  /// Whether simdgroups wait for each other.
  bool waits() const { return waits_; }

  /// The code for a layout; makes it where it is not there yet.
  const Variant& variant(lowering::ThreadLayout layout) const {
    const Variant* found = variants_[index(layout)].load(std::memory_order_acquire);
    if (found != nullptr) return *found;
    const support::ForkDelay delay;
    const cpu::OutsideKernel outside;
    const std::lock_guard lock(mutex_);
    found = variants_[index(layout)].load(std::memory_order_relaxed);
    return found != nullptr ? *found : *own(layout, make_code_(layout));
  }

  /// How many simdgroups of so many threads run the code for those whose lanes are all threads. Where the last one is
  /// cut, those that wait for it run its code too.
  std::uint32_t full_simdgroups(std::uint32_t count) const {
    return waits_ && count % kSimdgroupWidth != 0 ? 0 : count / kSimdgroupWidth;
  }

  /// That of a threadgroup's simdgroups.
  lowering::ThreadLayout layout_of(const Extent& extent, bool is_full) const {
    lowering::ThreadLayout layout{
        .in_rows = (extent[0] % kSimdgroupWidth == 0 && !streams_) || (extent[1] == 1 && extent[2] == 1),
        .is_full = is_full};
    const bool has_whole_rows = extent[2] == 1 || extent[0] * extent[1] % kSimdgroupWidth == 0;
    if (!layout.in_rows && has_whole_rows && (extent[0] == 8 || extent[0] == 16)) layout.short_row = extent[0];
    return layout;
  }

  /// If each thread writes so many bytes, they are more than caches hold: whatever of it the next kernel needs first is
  /// not there any more.
  std::uint32_t bytes_past_caches(const DispatchCommand& command) const;

  /// The threads of a threadgroup: those that the dispatch asks for, or a row of at least as many.
  Size threadgroup_of(const DispatchCommand& command) const;

 private:
  /// Every function that the dispatch may need is made.
  bool has_code(const DispatchCommand& command) const;
  /// Few threadgroups of few steps, as far as is known from the code or from the dispatches before: to share them out
  /// would take longer than they do.
  bool is_brief(const DispatchCommand& command, std::uint64_t count) const;
  static std::size_t index(lowering::ThreadLayout layout) {
    const std::size_t shape = layout.in_rows ? 3 : layout.short_row / 8;
    return shape * 2 + static_cast<std::size_t>(layout.is_full);
  }
  const Variant* own(lowering::ThreadLayout layout, const cpu::KernelCode& code) const {
    owned_.push_back(std::make_unique<Variant>(code));
    variants_[index(layout)].store(owned_.back().get(), std::memory_order_release);
    return owned_.back().get();
  }

  std::string name_;
  bool waits_;
  bool streams_;
  std::uint64_t cache_bytes_;
  MakeCode make_code_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Variant>> owned_;
  mutable std::array<std::atomic<const Variant*>, 8> variants_{};
  /// What a threadgroup took in the last dispatch, where the code does not tell; 0 before the first.
  mutable std::atomic<float> nanoseconds_per_threadgroup_{0};
};

/// Memory for what the simdgroups of a threadgroup keep while they wait.
class Contexts {
 public:
  /// Throws ResourceError.
  void reserve(std::uint64_t bytes) {
    if (bytes <= size_) return;
    memory_.reset(static_cast<std::byte*>(::operator new[](bytes, kAlignment, std::nothrow)));
    if (memory_ == nullptr)
      throw ResourceError("There is no memory for what the simdgroups of a threadgroup keep at a barrier (" +
                          std::to_string(bytes) + " bytes).");
    size_ = bytes;
  }
  void* get() const { return memory_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(std::byte* memory) const { ::operator delete[](memory, kAlignment); }
  };
  std::unique_ptr<std::byte[], Free> memory_;
  std::uint64_t size_ = 0;
};

/// What one worker needs to run threadgroups, one after the other.
class ThreadgroupRunner {
 public:
  ThreadgroupRunner(const SimdPipeline& pipeline, const DispatchCommand& command, const Size& threads)
      : pipeline_(pipeline),
        group_(command, threads, pipeline.static_threadgroup_memory_length()),
        simdgroups_((group_.full_thread_count() + kSimdgroupWidth - 1) / kSimdgroupWidth) {
    group_.set_bytes_past_caches(pipeline.bytes_past_caches(command));
    for (std::uint32_t i = 0; i < simdgroups_.size(); ++i) simdgroups_[i].simdgroup_index_in_threadgroup[0] = i;
  }

  void run(std::uint64_t index) {
    group_.move_to(index);
    group_.clear_memory();
    if (!std::ranges::equal(group_.state().threads_per_threadgroup, extent_)) place_lanes();
    if (!full_.empty()) full_code_->run(full_, group_.state(), contexts_.get());
    if (!cut_.empty()) cut_code_->run(cut_, group_.state(), contexts_.get());
  }

 private:
  /// Gives each simdgroup its threads; needed again only where an edge cuts the threadgroup.
  void place_lanes() {
    const Extent& extent = group_.state().threads_per_threadgroup;
    std::ranges::copy(extent, extent_);
    const std::uint32_t count = group_.thread_count();
    const std::uint32_t active = (count + kSimdgroupWidth - 1) / kSimdgroupWidth;
    const bool in_rows = pipeline_.layout_of(extent, true).in_rows;
    if (!in_rows) positions_.resize(active);
    for (std::uint32_t i = 0; i < active; ++i) {
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
    const std::uint32_t full = pipeline_.full_simdgroups(count);
    full_ = std::span(simdgroups_).first(full);
    cut_ = std::span(simdgroups_).subspan(full, active - full);
    if (!full_.empty()) full_code_ = &pipeline_.variant(pipeline_.layout_of(extent, true));
    if (!cut_.empty()) cut_code_ = &pipeline_.variant(pipeline_.layout_of(extent, false));
    if (pipeline_.waits()) contexts_.reserve((full_.empty() ? cut_code_ : full_code_)->context_bytes() * active);
  }

  void set_position(Extent& position, std::uint32_t index) const {
    const std::uint32_t row = index / extent_[0];
    position[0] = index % extent_[0];
    position[1] = row % extent_[1];
    position[2] = row / extent_[1];
  }

  const SimdPipeline& pipeline_;
  cpu::Threadgroup group_;
  Extent extent_{};
  std::vector<SimdgroupState> simdgroups_;
  /// Those whose lanes are all threads, and those of which this is not known.
  std::span<const SimdgroupState> full_;
  std::span<const SimdgroupState> cut_;
  const Variant* full_code_ = nullptr;
  const Variant* cut_code_ = nullptr;
  Contexts contexts_;
  std::vector<std::array<std::uint32_t[kSimdgroupWidth], 3>> positions_;
};

Size SimdPipeline::threadgroup_of(const DispatchCommand& command) const {
  const Size& threads = command.threads_per_threadgroup;
  const Size& grid = command.threads_per_grid;
  if (!streams_ || grid.width < kSimdgroupWidth) return threads;
  const auto divide_up = [](std::uint64_t value, std::uint64_t divisor) { return (value + divisor - 1) / divisor; };
  const std::uint64_t wanted = std::clamp(grid.width * grid.height * grid.depth / kLeastRows,
                                          threads.width * threads.height * threads.depth, kMostThreadsInRow);
  const std::uint64_t width = divide_up(grid.width, divide_up(grid.width, wanted));
  return {divide_up(width, kSimdgroupWidth) * kSimdgroupWidth, 1, 1};
}

std::uint32_t SimdPipeline::bytes_past_caches(const DispatchCommand& command) const {
  const Size& grid = command.threads_per_grid;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(
      cache_bytes_ / std::max<std::uint64_t>(1, grid.width * grid.height * grid.depth) + 1, ~std::uint32_t{0}));
}

bool SimdPipeline::has_code(const DispatchCommand& command) const {
  const auto length = [](std::uint64_t grid, std::uint64_t full, bool is_cut) {
    return static_cast<std::uint32_t>(is_cut ? grid % full : full);
  };
  const Size& grid = command.threads_per_grid;
  const Size full = threadgroup_of(command);
  for (unsigned cuts = 0; cuts < 8; ++cuts) {
    const Extent extent = {length(grid.width, full.width, (cuts & 1) != 0),
                           length(grid.height, full.height, (cuts & 2) != 0),
                           length(grid.depth, full.depth, (cuts & 4) != 0)};
    const std::uint32_t count = extent[0] * extent[1] * extent[2];
    if (count == 0) continue;
    const auto is_made = [&](bool is_full) {
      return variants_[index(layout_of(extent, is_full))].load(std::memory_order_acquire) != nullptr;
    };
    if (full_simdgroups(count) > 0 && !is_made(true)) return false;
    if (count % kSimdgroupWidth != 0 && !is_made(false)) return false;
  }
  return true;
}

std::optional<std::chrono::nanoseconds> SimdPipeline::longest_time(const DispatchCommand& command) const {
  if (most_steps() == 0 || !has_code(command)) return std::nullopt;
  const Size threads = threadgroup_of(command);
  const auto simdgroups =
      static_cast<double>((threads.width * threads.height * threads.depth + kSimdgroupWidth - 1) / kSimdgroupWidth);
  const double time = kDispatchTime + static_cast<double>(cpu::threadgroup_count(command.threads_per_grid, threads)) *
                                          (kThreadgroupTime + simdgroups * most_steps() * kStepTime);
  return rounded(time);
}

bool SimdPipeline::is_brief(const DispatchCommand& command, std::uint64_t count) const {
  if (count == 1) return true;
  if (const auto time = longest_time(command)) return static_cast<double>(time->count()) < kLeastSharedTime;
  const double measured = nanoseconds_per_threadgroup_.load(std::memory_order_relaxed);
  return measured > 0 && measured * static_cast<double>(count) < kLeastSharedTime;
}

void SimdPipeline::dispatch(const DispatchCommand& command) const {
  const Size threads = threadgroup_of(command);
  const auto work = [&](support::TaskRange& range) {
    const cpu::FloatEnvironment environment;
    ThreadgroupRunner runner(*this, command, threads);
    cpu::run_kernel_code(name_, [&] {
      while (const auto index = range.next()) runner.run(*index);
    });
    fence_stores_past_caches();
  };
  const std::uint64_t count = cpu::threadgroup_count(command.threads_per_grid, threads);
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
