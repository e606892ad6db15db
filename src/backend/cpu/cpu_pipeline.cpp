// A compute function that runs on the CPU, in whichever way.
#include "backend/cpu/cpu_pipeline.h"

#include <algorithm>

namespace pymetal::backend::cpu {

CpuPipeline::CpuPipeline(const KernelCode& code, const FunctionInfo& function)
    : threadgroup_variable_bytes_(code.threadgroup_variable_bytes), most_steps_(code.most_steps) {
  for (std::uint32_t i = 0; i < function.parameters.size(); ++i) {
    const compiler::Parameter& parameter = function.parameters[i];
    if (parameter.kind == compiler::Parameter::Kind::Input) continue;
    Binding& binding = reflection_.bindings.emplace_back(parameter.binding);
    binding.is_used = std::ranges::find(code.used_parameters, i) != code.used_parameters.end();
  }
  if (function.max_total_threads_per_threadgroup != 0)
    max_threads_ = std::min(kMaxThreadsPerThreadgroup, function.max_total_threads_per_threadgroup);
}

}  // namespace pymetal::backend::cpu
