// A kernel that is ready to run.
#include "pymetal/compute_pipeline_state.h"

#include "backend/backend.h"
#include "pymetal/device.h"

namespace pymetal {

ComputePipelineState::ComputePipelineState(std::shared_ptr<Device> device, std::string function_name,
                                           std::shared_ptr<const backend::CompiledComputePipeline> compiled)
    : device_(std::move(device)), function_name_(std::move(function_name)), compiled_(std::move(compiled)) {}
ComputePipelineState::~ComputePipelineState() = default;

std::uint64_t ComputePipelineState::max_total_threads_per_threadgroup() const {
  return compiled_->max_total_threads_per_threadgroup();
}
std::uint64_t ComputePipelineState::thread_execution_width() const { return compiled_->thread_execution_width(); }
std::uint64_t ComputePipelineState::static_threadgroup_memory_length() const {
  return compiled_->static_threadgroup_memory_length();
}
const ComputePipelineReflection& ComputePipelineState::reflection() const { return compiled_->reflection(); }

}  // namespace pymetal
