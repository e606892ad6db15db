// The target as LLVM's passes must see it while code is still written for one thread of many.
#pragma once

#include "llvm/Analysis/TargetTransformInfo.h"

namespace pymetal::lowering {

/// A TargetIRAnalysis for which branches diverge, thread inputs differ between threads, and pointers of the generic
/// address space may be narrowed. It keeps passes off that assume one thread, such as jump threading. Of positions, the
/// components from `same_from` on are the same in a simdgroup: y and z along a row, nothing from 3 on.
llvm::TargetIRAnalysis simt_target_analysis(unsigned same_from = 3);

}  // namespace pymetal::lowering
