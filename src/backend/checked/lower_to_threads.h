// Turns a canonical kernel into the function that runs one thread of the grid on this machine.
#pragma once

#include "backend/checked/thread_symbols.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace pymetal::backend::checked {

struct LoweredKernel {
  /// Whether threads wait for each other. If so the function is a coroutine, `void* f(ThreadState*)`, which returns its
  /// handle, or null without memory; otherwise it is `void f(ThreadState*)` and runs to its end.
  bool suspends = false;
};

/// Rewrites `mtl.kernel` in place and optimises it for `target`. Throws PipelineError for an intrinsic it does not
/// know.
LoweredKernel lower_to_threads(llvm::Module& module, llvm::TargetMachine& target);

}  // namespace pymetal::backend::checked
