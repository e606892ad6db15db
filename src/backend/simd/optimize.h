// Optimizes the code of a simdgroup for the machine it will run on.
#pragma once

#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace pymetal::backend::simd {

void optimize(llvm::Module& module, llvm::TargetMachine& target);

/// Optimizes what optimized code has become by being cut at barriers.
void optimize_regions(llvm::Module& module, llvm::TargetMachine& target);

/// Makes copies of optimized code simple again.
void clean_up(llvm::Module& module, llvm::TargetMachine& target);

/// Replaces what the processor has no instructions for, and the code generator no good way. The passes above would undo
/// it.
void finish(llvm::Module& module, llvm::TargetMachine& target);

}  // namespace pymetal::backend::simd
