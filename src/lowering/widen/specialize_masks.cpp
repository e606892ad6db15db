// Gives code that masks positions a form for each small mask, where only the running code knows the mask.
#include "lowering/widen/specialize_masks.h"

#include <vector>

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/InstructionSimplify.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/Analysis/UniformityAnalysis.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/LowerSwitch.h"
#include "lowering/intrinsics.h"
#include "lowering/widen/divergence.h"
#include "lowering/widen/prepare.h"
#include "lowering/widen/private_arrays.h"
#include "lowering/widen/shapes.h"

namespace pymetal::lowering {
namespace {

/// The masks of distances 1, 2, 4, ... below a simdgroup's width.
constexpr std::uint64_t kMasks[] = {0, 1, 3, 7, 15};
/// Longer code is not copied; neither are more places than this in a kernel.
constexpr std::size_t kMostInstructionsOfLeaf = 64;
constexpr std::size_t kMostPlaces = 4;

/// The code to copy: from a masked position to the last access that depends on it, in one block.
struct Place {
  llvm::Value* mask;
  llvm::Instruction* first;
  llvm::Instruction* last;
};

/// The mask, where an instruction masks the positions of neighbours with a number that all lanes share; or null.
llvm::Value* find_mask(const llvm::Instruction& instruction, const Shapes& shapes) {
  if (instruction.getOpcode() != llvm::Instruction::And || !instruction.getType()->isIntegerTy()) return nullptr;
  for (unsigned i = 0; i < 2; ++i) {
    llvm::Value* mask = instruction.getOperand(i);
    const Shape position = shapes.of(instruction.getOperand(1 - i));
    if (!llvm::isa<llvm::Constant>(mask) && shapes.of(mask).is_uniform() && position.is_patterned() &&
        position.pattern->stride() == 1)
      return mask;
  }
  return nullptr;
}

std::optional<Place> find_place(llvm::Instruction& first, llvm::Value* mask) {
  llvm::SmallPtrSet<const llvm::Value*, 16> dependent{&first};
  Place place{mask, &first, nullptr};
  std::size_t count = 0;
  for (auto i = first.getIterator(); !i->isTerminator() && ++count <= kMostInstructionsOfLeaf; ++i) {
    const auto* call = llvm::dyn_cast<llvm::CallInst>(&*i);
    if (call != nullptr && (call->isConvergent() || call->cannotDuplicate())) break;
    if (llvm::any_of(i->operands(), [&](const llvm::Use& operand) { return dependent.contains(operand.get()); }))
      dependent.insert(&*i);
    const llvm::Value* pointer = llvm::getLoadStorePointerOperand(&*i);
    if (pointer != nullptr && !i->isAtomic() && dependent.contains(pointer)) place.last = &*i;
  }
  return place.last != nullptr ? std::optional(place) : std::nullopt;
}

std::vector<Place> find_places(llvm::Function& kernel, const Shapes& shapes) {
  std::vector<Place> places;
  for (llvm::BasicBlock& block : kernel)
    for (llvm::Instruction& instruction : block) {
      llvm::Value* mask = find_mask(instruction, shapes);
      if (mask == nullptr) continue;
      if (const auto place = find_place(instruction, mask)) {
        places.push_back(*place);
        break;
      }
    }
  if (places.size() > kMostPlaces) places.clear();
  return places;
}

/// What a value is when the mask is a constant, as far as that is plain: a mask is mostly a distance less one.
llvm::Constant* value_of(llvm::Value* value, llvm::Value* mask, std::uint64_t constant) {
  auto* type = mask->getType();
  if (value == mask) return llvm::ConstantInt::get(type, constant);
  const auto* sum = llvm::dyn_cast<llvm::BinaryOperator>(mask);
  if (sum == nullptr || sum->getOpcode() != llvm::Instruction::Add || sum->getOperand(0) != value) return nullptr;
  const auto* less = llvm::dyn_cast<llvm::ConstantInt>(sum->getOperand(1));
  return less != nullptr ? llvm::ConstantInt::get(value->getContext(),
                                                  llvm::APInt(type->getIntegerBitWidth(), constant) - less->getValue())
                         : nullptr;
}

/// Simplifies a copy that works with constants.
void simplify(llvm::BasicBlock& block) {
  const llvm::SimplifyQuery query(block.getDataLayout());
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(block)) {
    llvm::Value* simple = llvm::simplifyInstruction(&instruction, query);
    if (simple == nullptr || simple == &instruction) continue;
    instruction.replaceAllUsesWith(simple);
    instruction.eraseFromParent();
  }
}

void specialize(const Place& place) {
  llvm::BasicBlock* before = place.first->getParent();
  llvm::BasicBlock* usual = llvm::SplitBlock(before, place.first);
  llvm::BasicBlock* after = llvm::SplitBlock(usual, place.last->getNextNode());
  llvm::Instruction* jump = before->getTerminator();
  auto* choice = llvm::SwitchInst::Create(place.mask, usual, std::size(kMasks), jump->getIterator());
  jump->eraseFromParent();
  // What the code behind needs of either copy.
  llvm::DenseMap<llvm::Instruction*, llvm::PHINode*> results;
  for (llvm::Instruction& instruction : *usual) {
    if (!instruction.isUsedOutsideOfBlock(usual)) continue;
    auto* result = llvm::PHINode::Create(instruction.getType(), std::size(kMasks) + 1, instruction.getName());
    instruction.replaceUsesOutsideBlock(result, usual);
    result->insertBefore(after->begin());
    result->addIncoming(&instruction, usual);
    results[&instruction] = result;
  }
  for (const std::uint64_t mask : kMasks) {
    llvm::ValueToValueMapTy copies;
    llvm::BasicBlock* copy = llvm::CloneBasicBlock(usual, copies, ".mask", before->getParent());
    copy->moveBefore(after);
    for (llvm::Instruction& instruction : *copy)
      for (llvm::Use& operand : instruction.operands()) {
        if (llvm::Value* mapped = copies.lookup(operand.get()))
          operand.set(mapped);
        else if (llvm::Constant* known = value_of(operand.get(), place.mask, mask))
          operand.set(known);
      }
    for (const auto& [instruction, result] : results) result->addIncoming(copies.lookup(instruction), copy);
    simplify(*copy);
    choice->addCase(llvm::cast<llvm::ConstantInt>(llvm::ConstantInt::get(place.mask->getType(), mask)), copy);
  }
}

}  // namespace

void specialize_masks(llvm::Function& kernel, llvm::FunctionAnalysisManager& analyses, ThreadLayout layout) {
  auto& uniformity = analyses.getResult<llvm::UniformityInfoAnalysis>(kernel);
  auto& loops = analyses.getResult<llvm::LoopAnalysis>(kernel);
  auto& post_dominators = analyses.getResult<llvm::PostDominatorTreeAnalysis>(kernel);
  const Divergence divergence(kernel, uniformity, loops, post_dominators);
  const PrivateArrays arrays(kernel);
  const std::vector<Place> places = find_places(kernel, Shapes(kernel, uniformity, divergence, loops, arrays, layout));
  if (places.empty()) return;
  for (const Place& place : places) specialize(place);
  analyses.invalidate(kernel, llvm::PreservedAnalyses::none());
  llvm::LowerSwitchPass().run(kernel, analyses);
  tidy(kernel, analyses);
}

}  // namespace pymetal::lowering
