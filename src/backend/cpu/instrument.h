// The sanitizers of kernels: what watches the process checks kernels as well. Without one, these do
// nothing.
#pragma once

#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace pymetal::backend::cpu {

/// Has the address sanitizer check every memory access of the finished code.
void check_addresses(llvm::Module& module, llvm::TargetMachine& target);

/// Has the thread sanitizer check every memory access of the finished code. It knows no accesses under a mask.
void check_races(llvm::Module& module, llvm::TargetMachine& target);

/// Checks the bounds of private variables, as long as they are variables: to the address sanitizer, those in the frame
/// of a coroutine are one.
void check_bounds(llvm::Module& module, llvm::TargetMachine& target);

}  // namespace pymetal::backend::cpu
