// Gives code that masks positions a form for each small mask, where only the running code knows the mask.
#pragma once

#include "llvm/IR/Function.h"
#include "llvm/IR/PassManager.h"
#include "lowering/widen/thread_layout.h"

namespace pymetal::lowering {

/// Steps of a sort or of a Fourier transform access elements like `2 * i - (i & (distance - 1))`. Distances of a
/// simdgroup's width and more keep neighbours together. For each power of two below, where the lanes' elements lie is
/// known as soon as the distance is: the accesses get a copy for it, behind a branch that all lanes take alike.
/// The kernel must be prepared for widening, and stays so.
void specialize_masks(llvm::Function& kernel, llvm::FunctionAnalysisManager& analyses, ThreadLayout layout);

}  // namespace pymetal::lowering
