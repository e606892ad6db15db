// Ends loops over simdgroups early where only the first ones have work.
#pragma once

#include "llvm/IR/Function.h"

namespace pymetal::backend::simd {

/// `function` is a `kSimdgroupsFunction`. Where a loop does nothing but for simdgroups in front of a bound, as in
/// `if (index < 64)` between barriers, it ends there: each step of a reduction in a tree costs what it adds up.
void shorten_loops(llvm::Function& function);

}  // namespace pymetal::backend::simd
