// The pieces of a simdgroup's function that lie between its barriers.
#include "backend/simd/barrier_regions.h"

#include "llvm/IR/CFG.h"
#include "llvm/IR/InstIterator.h"
#include "lowering/intrinsics.h"

namespace pymetal::backend::simd {

bool is_threadgroup_barrier(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
  const llvm::Function* callee = call ? call->getCalledFunction() : nullptr;
  return callee != nullptr && callee->getName() == lowering::kThreadgroupBarrier;
}

BarrierRegions::BarrierRegions(llvm::Function& function) {
  llvm::SmallVector<llvm::Instruction*, 16> barriers;
  for (llvm::Instruction& instruction : llvm::instructions(function))
    if (is_threadgroup_barrier(instruction)) barriers.push_back(&instruction);
  regions_.emplace_back().first = &function.getEntryBlock();
  for (llvm::Instruction* barrier : barriers) {
    llvm::BasicBlock* block = barrier->getParent()->splitBasicBlock(barrier->getIterator(), "barrier");
    beginnings_[block] = static_cast<unsigned>(regions_.size());
    regions_.emplace_back().first = block;
  }
  for (Region& region : regions_) {
    llvm::SmallVector<llvm::BasicBlock*, 16> open{region.first};
    region.blocks.insert(region.first);
    while (!open.empty()) {
      for (llvm::BasicBlock* next : llvm::successors(open.pop_back_val())) {
        if (const unsigned* begun = begun_by(next))
          region.next.insert(*begun);
        else if (region.blocks.insert(next))
          open.push_back(next);
      }
    }
  }
}

bool BarrierRegions::comes_again(unsigned region) const {
  llvm::SmallSetVector<unsigned, 4> reached = regions_[region].next;
  for (unsigned i = 0; i < reached.size(); ++i) reached.insert_range(regions_[reached[i]].next);
  return reached.contains(region);
}

}  // namespace pymetal::backend::simd
