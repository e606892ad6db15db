// Splits branches on whether positions lie within a bound, where the positions of lanes are neighbours.
#pragma once

#include "llvm/IR/Function.h"
#include "llvm/IR/PassManager.h"
#include "lowering/widen/thread_layout.h"

namespace pymetal::lowering {

/// Most simdgroups lie on one side of a bound as a whole, which their first lane tells. Comparisons that come out alike
/// in all lanes become comparisons of the first lane. A branch to code for a few lanes of one simdgroup, such as
/// `if (index == 0)`, becomes one that other simdgroups pass over and one on the lane's number, whose mask is a
/// constant. Short code that a position within a bound runs gets a copy for simdgroups that are within it as a whole,
/// which needs no mask. The kernel must be prepared for widening, and stays so.
void split_bounds(llvm::Function& kernel, llvm::FunctionAnalysisManager& analyses, ThreadLayout layout);

}  // namespace pymetal::lowering
