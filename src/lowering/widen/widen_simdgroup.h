// Turns the canonical function of a thread into one that runs a whole simdgroup.
#pragma once

#include "llvm/IR/Module.h"
#include "lowering/widen/thread_layout.h"

namespace pymetal::lowering {

/// `mtl.kernel` becomes a function of 32 lanes: values that differ between lanes are vectors, and where lanes part, a
/// mask tells which are on. Barriers and inputs that are the same in all lanes stay calls of `mtl.*`; further inputs
/// are `mtl.simdgroup.*` (lowering/intrinsics.h). Throws PipelineError for what has no meaning on a simdgroup.
void widen_simdgroup(llvm::Module& module, ThreadLayout layout);

}  // namespace pymetal::lowering
