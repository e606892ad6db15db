// A choice between two ways of code: one for when a pattern of addresses holds, one that is always right.
#pragma once

#include <optional>

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Instructions.h"

namespace pymetal::backend::simd {

struct PatternChoice {
  llvm::BranchInst* branch;
  /// The way for the pattern: one block between the branch and `join`.
  llvm::BasicBlock* usual;
  /// The way that is always right: what lies between the branch and `join`, entered at the first and left from the last
  /// block. Where it has several, it may go lane by lane, through private memory that nothing else uses.
  llvm::SmallVector<llvm::BasicBlock*, 4> rare;
  llvm::BasicBlock* join;

  /// Whether simdgroups cannot take the rare way side by side, but one after the other.
  bool goes_apart() const { return rare.size() > 1; }
};

/// None where the branch is no such choice (`mtl.pattern`), or where its ways have another form.
std::optional<PatternChoice> as_pattern_choice(llvm::BasicBlock& block);

}  // namespace pymetal::backend::simd
