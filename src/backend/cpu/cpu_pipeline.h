// A compute function that runs on the CPU, in whichever way.
#pragma once

#include "backend/backend.h"
#include "backend/cpu/kernel_code.h"

namespace pymetal::backend::cpu {

inline constexpr std::uint32_t kMaxThreadsPerThreadgroup = 1024;
inline constexpr std::uint32_t kThreadExecutionWidth = 32;

class CpuPipeline : public CompiledComputePipeline {
 public:
  CpuPipeline(const KernelCode& code, const FunctionInfo& function);
  const ComputePipelineReflection& reflection() const override { return reflection_; }
  std::uint32_t max_total_threads_per_threadgroup() const override { return max_threads_; }
  std::uint32_t thread_execution_width() const override { return kThreadExecutionWidth; }
  std::uint64_t static_threadgroup_memory_length() const override { return threadgroup_variable_bytes_; }

  /// See Backend::longest_time.
  virtual std::optional<std::chrono::nanoseconds> longest_time(const DispatchCommand& command) const = 0;
  /// Runs the grid to its end, on all cores. Throws ResourceError when memory runs out.
  virtual void dispatch(const DispatchCommand& command) const = 0;

 protected:
  /// Steps that a thread takes at most; 0 where it may take any number.
  std::uint32_t most_steps() const { return most_steps_; }
  /// A longest time, in nanoseconds. None beyond a second: nobody asks whether it is more.
  static std::optional<std::chrono::nanoseconds> rounded(double nanoseconds) {
    if (nanoseconds > 1e9) return std::nullopt;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
  }

 private:
  ComputePipelineReflection reflection_;
  std::uint64_t threadgroup_variable_bytes_;
  std::uint32_t most_steps_;
  std::uint32_t max_threads_ = kMaxThreadsPerThreadgroup;
};

}  // namespace pymetal::backend::cpu
