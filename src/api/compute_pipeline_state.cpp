// A kernel that is ready to run.
#include "pymetal/compute_pipeline_state.h"

#include <algorithm>

#include "backend/backend.h"
#include "pymetal/compute_pipeline_descriptor.h"
#include "pymetal/device.h"
#include "pymetal/function.h"

namespace pymetal {

ComputePipelineState::ComputePipelineState(std::shared_ptr<Device> device, const ComputePipelineDescriptor& descriptor,
                                           std::shared_ptr<const backend::CompiledComputePipeline> compiled)
    : device_(std::move(device)),
      function_name_(descriptor.compute_function->name()),
      max_threads_(compiled->max_total_threads_per_threadgroup()),
      has_whole_simdgroups_(descriptor.thread_group_size_is_multiple_of_thread_execution_width),
      compiled_(std::move(compiled)) {
  if (descriptor.max_total_threads_per_threadgroup != 0)
    max_threads_ = std::min(max_threads_, descriptor.max_total_threads_per_threadgroup);
  set_label(descriptor.label);
}
ComputePipelineState::~ComputePipelineState() = default;

std::uint64_t ComputePipelineState::thread_execution_width() const { return compiled_->thread_execution_width(); }
std::uint64_t ComputePipelineState::static_threadgroup_memory_length() const {
  return compiled_->static_threadgroup_memory_length();
}
const ComputePipelineReflection& ComputePipelineState::reflection() const { return compiled_->reflection(); }

}  // namespace pymetal
