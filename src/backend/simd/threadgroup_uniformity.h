// What is the same in all simdgroups of a threadgroup.
#pragma once

#include "llvm/Analysis/TargetTransformInfo.h"

namespace pymetal::backend::simd {

/// For LLVM's uniformity analysis of a simdgroup's function, whose first parameter is the record of the simdgroup: the
/// analysis then tells the values and branches on which simdgroups differ. It takes plain memory that all read at one
/// address to hold one value: a simdgroup that wrote it meanwhile would race with the others.
llvm::TargetIRAnalysis threadgroup_target_analysis();

}  // namespace pymetal::backend::simd
