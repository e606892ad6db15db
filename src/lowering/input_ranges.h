// Tells LLVM how large the inputs of a thread can be.
#pragma once

#include "llvm/IR/Function.h"

namespace pymetal::lowering {

/// Gives the function that yields an input the range of what it returns, where there is more to know than its type.
void promise_range(llvm::Function& input);

}  // namespace pymetal::lowering
