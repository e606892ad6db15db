// Lets what a large dispatch writes pass by the caches.
#pragma once

#include "llvm/IR/Function.h"
#include "llvm/Target/TargetMachine.h"

namespace pymetal::backend::simd {

/// `function` is a `kSimdgroupsFunction`, which runs rows of a grid if `is_one_row`. Where a dispatch writes more than
/// caches hold, as the ThreadgroupState tells, its stores of whole cache lines go to memory at once: otherwise a
/// processor reads each line first, and drives out what others would have found. Buffers that the kernel reads as well
/// are let be, and what only some simdgroups store. Who runs the function must fence such stores (`sfence`) before
/// another thread may see them.
void store_past_caches(llvm::Function& function, const llvm::TargetMachine& target, bool is_one_row);

}  // namespace pymetal::backend::simd
