// A compute function that runs on the CPU, in whichever way.
#include "backend/cpu/cpu_pipeline.h"

#include <algorithm>

namespace pymetal::backend::cpu {

CpuPipeline::CpuPipeline(const KernelCode& code, const FunctionInfo& function)
    : threadgroup_variable_bytes_(code.threadgroup_variable_bytes) {
  for (const compiler::Parameter& parameter : function.parameters)
    if (parameter.kind != compiler::Parameter::Kind::Input) reflection_.bindings.push_back(parameter.binding);
  if (function.max_total_threads_per_threadgroup != 0)
    max_threads_ = std::min(kMaxThreadsPerThreadgroup, function.max_total_threads_per_threadgroup);
}

}  // namespace pymetal::backend::cpu
