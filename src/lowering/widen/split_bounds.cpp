// Splits branches on whether positions lie within a bound, where the positions of lanes are neighbours.
#include "lowering/widen/split_bounds.h"

#include <optional>
#include <vector>

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/Analysis/UniformityAnalysis.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "lowering/intrinsics.h"
#include "lowering/widen/divergence.h"
#include "lowering/widen/prepare.h"
#include "lowering/widen/private_arrays.h"
#include "lowering/widen/shapes.h"

namespace pymetal::lowering {
namespace {

constexpr std::uint64_t kLastLane = kSimdgroupWidth - 1;
/// Longer code is not copied for simdgroups that lie within a bound as a whole.
constexpr std::size_t kMostInstructionsOfLoop = 24;

/// A comparison of a position with a bound that all lanes share.
struct Bound {
  llvm::ICmpInst* compare;
  /// As if the position stood on the left.
  llvm::CmpInst::Predicate predicate;
  llvm::Value* position;
  llvm::Value* limit;
  /// Whether lane 0's position is a multiple of the simdgroup's width.
  bool is_aligned;
};

std::optional<Bound> as_bound(llvm::Value* condition, const Shapes& shapes) {
  auto* compare = llvm::dyn_cast<llvm::ICmpInst>(condition);
  if (compare == nullptr || !compare->getOperand(0)->getType()->isIntegerTy()) return std::nullopt;
  for (unsigned i = 0; i < 2; ++i) {
    llvm::Value* position = compare->getOperand(i);
    llvm::Value* limit = compare->getOperand(1 - i);
    const Shape shape = shapes.of(position);
    if (!shape.is_patterned() || !shape.is_exact || shape.pattern->stride() != 1 || !shapes.of(limit).is_uniform() ||
        position->getType()->getIntegerBitWidth() < 16)
      continue;
    return Bound{compare, i == 0 ? compare->getPredicate() : compare->getSwappedPredicate(), position, limit,
                 shape.differs_in_low_bits()};
  }
  return std::nullopt;
}

class Splitter {
 public:
  explicit Splitter(llvm::Function& kernel) : module_(*kernel.getParent()), builder_(kernel.getContext()) {}

  bool split(const Bound& bound) {
    if (agree(bound)) {
      const auto operand = bound.compare->getOperand(0) == bound.position ? 0u : 1u;
      builder_.SetInsertPoint(bound.compare);
      bound.compare->setOperand(operand, first_lane(bound.position));
      bound.compare->setSameSign(false);
      return true;
    }
    llvm::SmallVector<llvm::BranchInst*, 2> branches;
    for (llvm::User* user : bound.compare->users())
      if (auto* branch = llvm::dyn_cast<llvm::BranchInst>(user)) branches.push_back(branch);
    bool has_split = false;
    for (llvm::BranchInst* branch : branches)
      has_split |= split_by_lanes(bound, *branch) || split_whole(bound, *branch);
    return has_split;
  }

 private:
  /// Whether all lanes of a simdgroup come to the same result.
  static bool agree(const Bound& bound) {
    const auto* limit = llvm::dyn_cast<llvm::ConstantInt>(bound.limit);
    if (!bound.is_aligned || limit == nullptr) return false;
    switch (bound.predicate) {
      case llvm::CmpInst::ICMP_ULT:
      case llvm::CmpInst::ICMP_UGE:
      case llvm::CmpInst::ICMP_SLT:
      case llvm::CmpInst::ICMP_SGE:
        return limit->getValue().countr_zero() >= std::countr_zero(kSimdgroupWidth);
      case llvm::CmpInst::ICMP_UGT:
      case llvm::CmpInst::ICMP_ULE:
      case llvm::CmpInst::ICMP_SGT:
      case llvm::CmpInst::ICMP_SLE:
        return limit->getValue().countr_one() >= std::countr_zero(kSimdgroupWidth);
      default:
        return false;
    }
  }

  /// Lane 0's position.
  llvm::Value* first_lane(llvm::Value* position) {
    llvm::Type* type = position->getType();
    return call((kFirstLane + ".i" + llvm::Twine(type->getIntegerBitWidth())).str(), type, position);
  }

  llvm::Value* call(llvm::StringRef name, llvm::Type* result, llvm::Value* argument) {
    llvm::FunctionCallee function =
        module_.getOrInsertFunction(name, llvm::FunctionType::get(result, {argument->getType()}, false));
    auto* declared = llvm::cast<llvm::Function>(function.getCallee());
    declared->setDoesNotAccessMemory();
    declared->setDoesNotThrow();
    declared->setWillReturn();
    return builder_.CreateCall(function, {argument});
  }

  llvm::Value* lane() {
    llvm::Type* word = builder_.getInt32Ty();
    return call(kLaneInput, word, builder_.getInt32(0));
  }

  /// Lets simdgroups without lanes within the bound pass over the branch, which then asks each lane.
  void nest(llvm::BranchInst& branch, llvm::Value* any, llvm::Value* within) {
    llvm::BasicBlock* block = branch.getParent();
    llvm::BasicBlock* inner = llvm::SplitBlock(block, &branch);
    branch.setCondition(within);
    block->getTerminator()->eraseFromParent();
    builder_.SetInsertPoint(block);
    llvm::BasicBlock* outside = branch.getSuccessor(1);
    builder_.CreateCondBr(any, inner, outside);
    for (llvm::PHINode& phi : outside->phis()) phi.addIncoming(phi.getIncomingValueForBlock(inner), block);
  }

  /// The lanes within the bound belong to one simdgroup: `position == 7`, or `position < 7`.
  bool split_by_lanes(const Bound& bound, llvm::BranchInst& branch) {
    const auto* limit = llvm::dyn_cast<llvm::ConstantInt>(bound.limit);
    if (!bound.is_aligned || limit == nullptr || limit->getBitWidth() > 64 ||
        branch.getSuccessor(0) == branch.getSuccessor(1))
      return false;
    const std::uint64_t value = limit->getZExtValue();
    std::uint64_t first = 0;
    if (bound.predicate == llvm::CmpInst::ICMP_EQ)
      first = value & ~kLastLane;
    else if (bound.predicate != llvm::CmpInst::ICMP_ULT || value > kLastLane)
      return false;
    builder_.SetInsertPoint(&branch);
    // Of two forms of one question, this is the one that LLVM answers without the low bits.
    llvm::Value* position = first_lane(bound.position);
    llvm::Value* any = first == 0
                           ? builder_.CreateICmpULT(position, llvm::ConstantInt::get(limit->getType(), kSimdgroupWidth))
                           : builder_.CreateICmpEQ(position, llvm::ConstantInt::get(limit->getType(), first));
    llvm::Value* within = builder_.CreateICmp(bound.predicate, lane(), builder_.getInt32(value - first));
    nest(branch, any, within);
    return true;
  }

  /// Code that a branch passes over, `if (position < limit) …`: it reads or writes memory and is short; or null.
  static llvm::BasicBlock* guarded_code(const llvm::BranchInst& branch, bool is_within) {
    llvm::BasicBlock* code = branch.getSuccessor(is_within ? 0 : 1);
    if (code->getSinglePredecessor() == nullptr || code->getSingleSuccessor() != branch.getSuccessor(is_within ? 1 : 0))
      return nullptr;
    const auto is_fixed = [](const llvm::Instruction& instruction) {
      const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      return call != nullptr && (call->isConvergent() || call->cannotDuplicate());
    };
    const auto touches_memory = [](const llvm::Instruction& instruction) {
      return llvm::getLoadStorePointerOperand(&instruction) != nullptr;
    };
    const bool fits = code->size() <= kMostInstructionsOfLoop && llvm::none_of(*code, is_fixed) &&
                      llvm::any_of(*code, touches_memory);
    return fits ? code : nullptr;
  }

  /// Moves what only computes addresses in front of the code, so that they are the same values in a copy.
  void share_addresses(llvm::BasicBlock& code) {
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(code)) {
      const auto is_here = [&](const llvm::Use& operand) {
        const auto* source = llvm::dyn_cast<llvm::Instruction>(operand.get());
        return source != nullptr && source->getParent() == &code;
      };
      if (instruction.getType()->isIntOrPtrTy() && !instruction.mayReadFromMemory() &&
          llvm::isSafeToSpeculativelyExecute(&instruction) && llvm::none_of(instruction.operands(), is_here))
        instruction.moveBefore(*builder_.GetInsertBlock(), builder_.GetInsertPoint());
    }
  }

  /// Simdgroups that lie within the bound as a whole get code of their own, which needs no masks.
  bool split_whole(const Bound& bound, llvm::BranchInst& branch) {
    const llvm::CmpInst::Predicate inverse = llvm::CmpInst::getInversePredicate(bound.predicate);
    const auto is_below = [](llvm::CmpInst::Predicate predicate) {
      return predicate == llvm::CmpInst::ICMP_ULT || predicate == llvm::CmpInst::ICMP_ULE ||
             predicate == llvm::CmpInst::ICMP_SLT || predicate == llvm::CmpInst::ICMP_SLE;
    };
    const bool is_within = is_below(bound.predicate);
    if (!is_within && !is_below(inverse)) return false;
    llvm::BasicBlock* code = guarded_code(branch, is_within);
    if (code == nullptr) return false;
    llvm::BasicBlock* block = branch.getParent();
    llvm::BasicBlock* cut = llvm::SplitBlock(block, &branch);
    block->getTerminator()->eraseFromParent();
    builder_.SetInsertPoint(block);
    share_addresses(*code);
    const llvm::CmpInst::Predicate within = is_within ? bound.predicate : inverse;
    llvm::Value* first = first_lane(bound.position);
    auto* distance = llvm::ConstantInt::get(first->getType(), kLastLane);
    llvm::Value* last = bound.is_aligned ? builder_.CreateOr(first, distance) : builder_.CreateAdd(first, distance);
    llvm::Value* is_whole = builder_.CreateICmp(within, last, bound.limit);
    // The positions may wrap around.
    if (!bound.is_aligned)
      is_whole =
          builder_.CreateAnd(is_whole, builder_.CreateICmp(llvm::CmpInst::getNonStrictPredicate(within), first, last));
    llvm::ValueToValueMapTy copies;
    llvm::BasicBlock* whole = llvm::CloneBasicBlock(code, copies, ".whole", block->getParent());
    whole->moveBefore(cut);
    builder_.CreateCondBr(is_whole, whole, cut);
    for (llvm::Instruction& instruction : *whole)
      llvm::RemapInstruction(&instruction, copies, llvm::RF_IgnoreMissingLocals | llvm::RF_NoModuleLevelChanges);
    for (llvm::PHINode& phi : code->getSingleSuccessor()->phis()) {
      llvm::Value* value = phi.getIncomingValueForBlock(code);
      llvm::Value* copy = copies.lookup(value);
      phi.addIncoming(copy != nullptr ? copy : value, whole);
    }
    return true;
  }

  llvm::Module& module_;
  llvm::IRBuilder<> builder_;
};

}  // namespace

void split_bounds(llvm::Function& kernel, llvm::FunctionAnalysisManager& analyses, ThreadLayout layout) {
  std::vector<Bound> bounds;
  {
    auto& uniformity = analyses.getResult<llvm::UniformityInfoAnalysis>(kernel);
    auto& loops = analyses.getResult<llvm::LoopAnalysis>(kernel);
    auto& post_dominators = analyses.getResult<llvm::PostDominatorTreeAnalysis>(kernel);
    const Divergence divergence(kernel, uniformity, loops, post_dominators);
    const PrivateArrays arrays(kernel);
    const Shapes shapes(kernel, uniformity, divergence, loops, arrays, layout);
    for (llvm::Instruction& instruction : llvm::instructions(kernel))
      if (const auto bound = as_bound(&instruction, shapes)) bounds.push_back(*bound);
  }
  Splitter splitter(kernel);
  bool has_changed = false;
  for (const Bound& bound : bounds) has_changed |= splitter.split(bound);
  if (!has_changed) return;
  tidy(kernel, analyses);
}

}  // namespace pymetal::lowering
