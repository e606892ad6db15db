// Makes loads and stores of what a thread copies or fills.
#pragma once

#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/Function.h"

namespace pymetal::lowering {

/// Copies and fills of a few words, such as those of vectors and structures, become loads and stores of words, in which
/// lanes are then found to be neighbours; larger ones become loops.
void expand_copies(llvm::Function& kernel, const llvm::TargetTransformInfo& target);

}  // namespace pymetal::lowering
