// Runs several simdgroups side by side in loops that read memory.
#pragma once

#include "llvm/IR/Function.h"
#include "llvm/Target/TargetMachine.h"

namespace pymetal::backend::simd {

/// `function` is a `kSimdgroupsFunction`. Where all simdgroups of a loop over them take the same way through a loop
/// that loads vectors, several run through it together: what one of them brings near is there for the others, before
/// what follows drives it out again. The same goes for long loops of which much, as the sorting of a row's elements to
/// lanes, is the same for all. Ways that only some of them would take (pattern_choice.h) are taken by all, or by one
/// after the other. The loop that was there runs those that are left. Returns whether anything changed.
bool jam_simdgroups(llvm::Function& function, llvm::TargetMachine& target);

}  // namespace pymetal::backend::simd
