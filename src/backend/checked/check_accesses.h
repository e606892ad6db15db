// Has every access of a thread to memory that it shares checked when it runs.
#pragma once

#include "llvm/IR/Function.h"

namespace pymetal::backend::checked {

/// `thread` is the ThreadState of the thread that runs `function`, whose inputs are still calls of `mtl.*`.
void check_accesses(llvm::Function& function, llvm::Value* thread);

}  // namespace pymetal::backend::checked
