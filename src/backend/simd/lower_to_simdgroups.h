// Turns a canonical kernel into the function that runs one simdgroup on this machine.
#pragma once

#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"
#include "lowering/widen/thread_layout.h"

namespace pymetal::backend::simd {

struct LoweredKernel {
  /// Whether simdgroups wait for each other.
  bool suspends = false;
};

/// `module` holds a canonical kernel; afterwards it holds `kSimdgroupFunction`, optimized for the target. Throws
/// PipelineError for what has no meaning on a simdgroup.
LoweredKernel lower_to_simdgroups(llvm::Module& module, llvm::TargetMachine& target, lowering::ThreadLayout layout);

}  // namespace pymetal::backend::simd
