// Runs a kernel thread by thread: the plain executor that the fast ones are compared with.
#pragma once

#include <memory>

#include "backend/cpu/cpu_pipeline.h"

namespace pymetal::backend::checked {

/// Loads the code of a kernel that was made for Executor::Checked.
std::shared_ptr<const cpu::CpuPipeline> load_pipeline(const cpu::KernelCode& code, const FunctionInfo& function);

}  // namespace pymetal::backend::checked
