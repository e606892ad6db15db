// Turns the function of a simdgroup into one that runs those of a threadgroup.
#pragma once

#include "backend/simd/barrier_regions.h"
#include "backend/simd/keep_across_barriers.h"

namespace pymetal::backend::simd {

/// `simdgroup` is `void (ptr simdgroup, ptr threadgroup, ptr context)`; its values have been kept across barriers. It
/// is replaced by `kSimdgroupsFunction`, in which each region is a loop over the simdgroups.
llvm::Function* loop_over_simdgroups(llvm::Function& simdgroup, const BarrierRegions& regions, const KeptValues& kept);

}  // namespace pymetal::backend::simd
