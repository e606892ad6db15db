// Keeps in a loop's round what lanes do together before they leave the loop.
#pragma once

#include "llvm/IR/Module.h"

namespace pymetal::lowering {

/// `for (…) if (found) { n = simd_sum(1); break; }`: the sum is of the lanes that break in one round. In IR it lies
/// behind the loop, where lanes of all rounds come by. Here it gets a way back into the loop, by a branch on
/// `mtl.never`. Where a loop is left is told by calls of `mtl.leave_loop(i32 loop)` before a `break` or `return`, and
/// `mtl.leave_function(i32 loop)` before a `return` of a value, and by `mtl.next_round(i32 loop)` where the loop goes
/// on; all of these are taken away. Runs before inlining, on memory that is not yet values: control flow is the
/// program's own there, and a new edge needs no new value.
void keep_rounds(llvm::Module& module);

}  // namespace pymetal::lowering
