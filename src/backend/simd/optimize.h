// Optimizes the code of a simdgroup for the machine it will run on.
#pragma once

#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace pymetal::backend::simd {

void optimize(llvm::Module& module, llvm::TargetMachine& target);

/// Takes the coroutines of an optimized module apart.
void split_coroutines(llvm::Module& module, llvm::TargetMachine& target);

}  // namespace pymetal::backend::simd
