// Lets what a large dispatch writes pass by the caches.
#pragma once

#include "llvm/IR/Function.h"
#include "llvm/Target/TargetMachine.h"

namespace pymetal::backend::simd {

/// `function` is a `kSimdgroupsFunction` that runs rows of a grid. Where a dispatch writes more than caches hold, as
/// the ThreadgroupState tells, its stores of whole cache lines go to memory at once: otherwise a processor reads each
/// line first, and drives out what others would have found. Buffers that the kernel reads as well are let be.
void store_past_caches(llvm::Function& function, const llvm::TargetMachine& target);

}  // namespace pymetal::backend::simd
