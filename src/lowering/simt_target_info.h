// The target as LLVM's passes must see it while code is still written for one thread of many.
#pragma once

#include "llvm/Analysis/TargetTransformInfo.h"

namespace pymetal::lowering {

/// A TargetIRAnalysis for which branches diverge, thread inputs differ between threads, and pointers of the generic
/// address space may be narrowed. `in_rows`: as a ThreadLayout has it. It keeps passes off that assume one thread, such
/// as jump threading.
llvm::TargetIRAnalysis simt_target_analysis(bool in_rows = false);

}  // namespace pymetal::lowering
