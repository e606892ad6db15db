// Aligns the stack of the machine code for the vectors that it keeps there.
#pragma once

#include "llvm/IR/Function.h"
#include "llvm/IR/Module.h"

namespace pymetal::backend::simd {

/// LLVM decides whether a function aligns its stack before it knows that vectors will find no register; where they then
/// lie across lines of the cache, a kernel can take half as long again. So the functions of the module count on a stack
/// that is aligned already. Comes before a target machine sees the module, since that keeps its first answer. Does
/// nothing for processors other than those of x86, whose vectors need no more than every stack has.
void expect_aligned_stack(llvm::Module& module);

/// Puts `function` of such a module behind a short one of its name, which aligns the stack.
void align_stack(llvm::Function& function);

}  // namespace pymetal::backend::simd
