// Brings memory that a threadgroup is about to use near, in the order of addresses.
#pragma once

#include "llvm/IR/Function.h"

namespace pymetal::backend::simd {

/// `function` is a `kSimdgroupsFunction`. Where the accesses of its loops over simdgroups turn out to go over one
/// stretch of memory with large strides, as where each thread takes every 256th of 1024 values, the stretch is
/// prefetched from its start to its end first. The prefetchers of processors follow that order, and lose the other.
/// Where the next threadgroup reads on in memory, it is that one's stretch, which comes while this one computes.
void walk_tiles(llvm::Function& function);

}  // namespace pymetal::backend::simd
