// Turns a canonical kernel into the function that runs the simdgroups of a threadgroup on this machine.
#pragma once

#include <cstdint>

#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"
#include "lowering/widen/thread_layout.h"

namespace pymetal::backend::simd {

struct LoweredKernel {
  /// Whether simdgroups wait for each other.
  bool waits = false;
  /// What each simdgroup keeps meanwhile.
  std::uint64_t context_bytes = 0;
};

/// `module` holds a canonical kernel; afterwards it holds `kSimdgroupsFunction`, optimized for the target. Throws
/// PipelineError for what has no meaning on a simdgroup.
LoweredKernel lower_to_simdgroups(llvm::Module& module, llvm::TargetMachine& target, lowering::ThreadLayout layout);

}  // namespace pymetal::backend::simd
