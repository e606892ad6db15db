// Lets a kernel hand its messages to the host.
#pragma once

#include "llvm/IR/Instructions.h"

namespace pymetal::backend::cpu {

/// Replaces a call of `mtl.log` by one of `kDeliverLog`.
void lower_log(llvm::CallInst& call);

}  // namespace pymetal::backend::cpu
