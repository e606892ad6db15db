// A choice between two ways of code: one for when a pattern of addresses holds, one that is always right.
#include "backend/simd/pattern_choice.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/ProfDataUtils.h"
#include "lowering/intrinsics.h"

namespace pymetal::backend::simd {
namespace {

/// Ways that are longer are let be.
constexpr std::size_t kMostBlocks = 8;

/// The likelier one, wherever passes have put it.
std::optional<unsigned> usual_way(const llvm::BranchInst& branch) {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  if (!llvm::extractBranchWeights(branch, first, second) || first == second) return std::nullopt;
  return first > second ? 0 : 1;
}

/// The blocks from `entry` on before `join`, the one that leads there at the end; empty where there are other ways in
/// or out.
llvm::SmallVector<llvm::BasicBlock*, 4> blocks_before(llvm::BasicBlock* join, llvm::BasicBlock* entry) {
  llvm::SmallSetVector<llvm::BasicBlock*, 8> found;
  found.insert(entry);
  llvm::BasicBlock* last = nullptr;
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (llvm::BasicBlock* next : llvm::successors(found[i])) {
      if (next != join) {
        found.insert(next);
      } else if (last != nullptr || found[i]->getSingleSuccessor() == nullptr) {
        return {};
      } else {
        last = found[i];
      }
    }
    if (found.size() > kMostBlocks) return {};
  }
  const auto is_found = [&](llvm::BasicBlock* block) { return found.contains(block); };
  for (llvm::BasicBlock* block : llvm::drop_begin(found))
    if (!llvm::all_of(llvm::predecessors(block), is_found)) return {};
  if (last == nullptr || entry->getSinglePredecessor() == nullptr || !entry->phis().empty()) return {};
  llvm::SmallVector<llvm::BasicBlock*, 4> blocks;
  for (llvm::BasicBlock* block : found)
    if (block != last) blocks.push_back(block);
  blocks.push_back(last);
  if (blocks.front() != entry) return {};
  return blocks;
}

}  // namespace

std::optional<PatternChoice> as_pattern_choice(llvm::BasicBlock& block) {
  auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
  if (branch == nullptr || !branch->isConditional() || branch->getMetadata(lowering::kPatternBranch) == nullptr)
    return std::nullopt;
  const std::optional<unsigned> way = usual_way(*branch);
  if (!way) return std::nullopt;
  PatternChoice choice{branch, branch->getSuccessor(*way), {}, nullptr};
  choice.join = choice.usual->getSingleSuccessor();
  if (choice.join == nullptr || choice.usual->getSinglePredecessor() == nullptr || !choice.join->hasNPredecessors(2))
    return std::nullopt;
  choice.rare = blocks_before(choice.join, branch->getSuccessor(1 - *way));
  if (choice.rare.empty()) return std::nullopt;
  return choice;
}

}  // namespace pymetal::backend::simd
