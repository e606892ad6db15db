// Tells LLVM that device memory and threadgroup memory are two.
#pragma once

#include "llvm/IR/Function.h"

namespace pymetal::backend::simd {

/// Once code is for a processor, its address spaces are one, where any store may change what any load finds. Here each
/// access is marked with the space that it cannot be in.
void separate_spaces(llvm::Function& function);

}  // namespace pymetal::backend::simd
