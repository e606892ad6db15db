// A kernel that is ready to run.
#pragma once

#include <memory>
#include <string>

#include "pymetal/export.h"
#include "pymetal/labeled.h"
#include "pymetal/object.h"
#include "pymetal/reflection.h"

namespace pymetal {

namespace backend {
class CompiledComputePipeline;
}
class Device;
struct ComputePipelineDescriptor;

/// Immutable; may be used from any thread and by any number of encoders at once.
class PYMETAL_EXPORT ComputePipelineState : public Labeled, public Object<ComputePipelineState> {
 public:
  ComputePipelineState(std::shared_ptr<Device> device, const ComputePipelineDescriptor& descriptor,
                       std::shared_ptr<const backend::CompiledComputePipeline> compiled);
  ~ComputePipelineState();

  const std::shared_ptr<Device>& device() const { return device_; }
  const std::string& function_name() const { return function_name_; }
  std::uint64_t max_total_threads_per_threadgroup() const { return max_threads_; }
  bool thread_group_size_is_multiple_of_thread_execution_width() const { return has_whole_simdgroups_; }
  /// Threads of a simdgroup.
  std::uint64_t thread_execution_width() const;
  /// Bytes that the kernel's own threadgroup variables take.
  std::uint64_t static_threadgroup_memory_length() const;
  const ComputePipelineReflection& reflection() const;

  const std::shared_ptr<const backend::CompiledComputePipeline>& compiled() const { return compiled_; }

 private:
  std::shared_ptr<Device> device_;
  std::string function_name_;
  std::uint64_t max_threads_;
  bool has_whole_simdgroups_;
  std::shared_ptr<const backend::CompiledComputePipeline> compiled_;
};

}  // namespace pymetal
