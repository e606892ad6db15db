// The loops that run simdgroups one after the other.
#include "backend/simd/simdgroup_loops.h"

#include <optional>

#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"

namespace pymetal::backend::simd {
namespace {

std::optional<LoopOverSimdgroups> as_simdgroup_loop(llvm::Loop& loop, const llvm::Value* count) {
  const llvm::BasicBlock* latch = loop.getLoopLatch();
  const auto* branch = latch ? llvm::dyn_cast<llvm::BranchInst>(latch->getTerminator()) : nullptr;
  if (branch == nullptr || !branch->isConditional()) return std::nullopt;
  auto* compare = llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition());
  if (compare == nullptr || compare->getOperand(1) != count) return std::nullopt;
  for (llvm::PHINode& phi : loop.getHeader()->phis())
    if (phi.getIncomingValueForBlock(latch) == compare->getOperand(0) && phi.getType()->isIntegerTy(32))
      return LoopOverSimdgroups{&loop, &phi, compare};
  return std::nullopt;
}

}  // namespace

llvm::SmallVector<LoopOverSimdgroups, 8> find_simdgroup_loops(llvm::Function& function, llvm::DominatorTree& dominators,
                                                              llvm::LoopInfo& loops) {
  llvm::SmallVector<LoopOverSimdgroups, 8> found;
  for (llvm::Loop* loop : loops.getLoopsInPreorder()) {
    const auto over_simdgroups = as_simdgroup_loop(*loop, function.getArg(1));
    if (!over_simdgroups) continue;
    if (loop->getLoopPreheader() == nullptr)
      llvm::InsertPreheaderForLoop(loop, &dominators, &loops, nullptr, /*PreserveLCSSA=*/false);
    if (loop->getLoopPreheader() != nullptr) found.push_back(*over_simdgroups);
  }
  return found;
}

}  // namespace pymetal::backend::simd
