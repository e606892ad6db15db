// Runs a kernel simdgroup by simdgroup: the fast executor.
#pragma once

#include <functional>
#include <memory>

#include "backend/cpu/cpu_pipeline.h"
#include "lowering/widen/thread_layout.h"

namespace pymetal::backend::simd {

/// Makes the code of a kernel for one layout of threads. Called when a dispatch first needs that layout, on whichever
/// thread runs it. Throws PipelineError.
using MakeCode = std::function<cpu::KernelCode(lowering::ThreadLayout)>;

/// `code` was made for Executor::Simd and the layout that most dispatches have: full rows.
std::shared_ptr<const cpu::CpuPipeline> load_pipeline(const cpu::KernelCode& code, const FunctionInfo& function,
                                                      MakeCode make_code);

}  // namespace pymetal::backend::simd
