// Carries the masks of simdgroups as integers of 32 bits, for processors without registers for masks.
#include "lowering/carry_masks.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/Local.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {
namespace {

bool is_mask(const llvm::Type* type) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
  return vector != nullptr && vector->getNumElements() == kSimdgroupWidth && vector->getElementType()->isIntegerTy(1);
}

bool is_logic(const llvm::Instruction& instruction) {
  return llvm::isa<llvm::PHINode, llvm::FreezeInst, llvm::SelectInst>(instruction) ||
         instruction.getOpcode() == llvm::Instruction::And || instruction.getOpcode() == llvm::Instruction::Or ||
         instruction.getOpcode() == llvm::Instruction::Xor;
}

/// Bits of a lane of what the instruction does under a mask; 0 where that is something else.
unsigned lane_bits(const llvm::Instruction& user) {
  const llvm::Type* type = nullptr;
  if (llvm::isa<llvm::SelectInst>(user))
    type = user.getType();
  else if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&user))
    type = call->getType()->isVoidTy() ? call->getArgOperand(0)->getType() : call->getType();
  if (type == nullptr || !type->isVectorTy()) return 0;
  return type->getScalarType()->isPointerTy() ? 64 : type->getScalarSizeInBits();
}

/// A comparison of narrow lanes that decides about such lanes alone has the right form already.
bool is_narrow(const llvm::Instruction& instruction) {
  if (!llvm::isa<llvm::CmpInst>(instruction)) return false;
  const unsigned bits = instruction.getOperand(0)->getType()->getScalarSizeInBits();
  return bits != 0 && bits < 32 && llvm::all_of(instruction.users(), [&](const llvm::User* user) {
           return lane_bits(*llvm::cast<llvm::Instruction>(user)) == bits;
         });
}

class Carrier {
 public:
  explicit Carrier(llvm::Function& function)
      : function_(function),
        lanes_(llvm::FixedVectorType::get(llvm::Type::getInt32Ty(function.getContext()), kSimdgroupWidth)) {}

  bool run() {
    llvm::SmallVector<llvm::Instruction*, 32> masks;
    for (llvm::Instruction& instruction : llvm::instructions(function_))
      if (is_mask(instruction.getType()) && !is_narrow(instruction)) masks.push_back(&instruction);
    for (llvm::Instruction* mask : masks)
      if (auto* phi = llvm::dyn_cast<llvm::PHINode>(mask))
        carried_[phi] = llvm::PHINode::Create(lanes_, phi->getNumIncomingValues(), phi->getName(), phi->getIterator());
    for (llvm::Instruction* mask : masks) carry(mask);
    for (llvm::Instruction* mask : masks)
      if (auto* phi = llvm::dyn_cast<llvm::PHINode>(mask)) fill(*phi);
    for (llvm::Instruction* mask : masks) replace_uses(*mask);
    for (llvm::Instruction* mask : llvm::reverse(masks)) {
      if (!is_logic(*mask)) continue;
      mask->replaceAllUsesWith(llvm::PoisonValue::get(mask->getType()));
      mask->eraseFromParent();
    }
    return !masks.empty();
  }

 private:
  /// The lanes of a mask. Of one that is made elsewhere, where it is made.
  llvm::Value* carry(llvm::Value* mask) {
    if (auto* constant = llvm::dyn_cast<llvm::Constant>(mask))
      return llvm::ConstantFoldCastOperand(llvm::Instruction::SExt, constant, lanes_, function_.getDataLayout());
    const auto known = carried_.find(mask);
    if (known != carried_.end()) return known->second;
    llvm::Value* lanes = make_lanes(mask);
    carried_[mask] = lanes;
    return lanes;
  }

  llvm::Value* make_lanes(llvm::Value* mask) {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(mask);
    if (instruction == nullptr) {
      llvm::IRBuilder<> builder(&*function_.getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
      return builder.CreateSExt(mask, lanes_);
    }
    if (!is_logic(*instruction)) {
      llvm::IRBuilder<> builder(function_.getContext());
      builder.SetInsertPoint(*instruction->getInsertionPointAfterDef());
      return builder.CreateSExt(mask, lanes_, mask->getName());
    }
    llvm::IRBuilder<> builder(instruction);
    if (auto* select = llvm::dyn_cast<llvm::SelectInst>(instruction)) {
      llvm::Value* condition = select->getCondition();
      llvm::Value* yes = carry(select->getTrueValue());
      llvm::Value* no = carry(select->getFalseValue());
      if (!condition->getType()->isVectorTy()) return builder.CreateSelect(condition, yes, no);
      llvm::Value* chosen = carry(condition);
      if (auto* zero = llvm::dyn_cast<llvm::Constant>(no); zero != nullptr && zero->isNullValue())
        return builder.CreateAnd(chosen, yes);
      if (auto* ones = llvm::dyn_cast<llvm::Constant>(yes); ones != nullptr && ones->isAllOnesValue())
        return builder.CreateOr(chosen, no);
      return builder.CreateSelect(test(builder, chosen), yes, no);
    }
    if (llvm::isa<llvm::FreezeInst>(instruction)) return builder.CreateFreeze(carry(instruction->getOperand(0)));
    return builder.CreateBinOp(static_cast<llvm::Instruction::BinaryOps>(instruction->getOpcode()),
                               carry(instruction->getOperand(0)), carry(instruction->getOperand(1)));
  }

  void fill(llvm::PHINode& phi) {
    auto* lanes = llvm::cast<llvm::PHINode>(carried_[&phi]);
    for (unsigned i = 0; i < phi.getNumIncomingValues(); ++i)
      lanes->addIncoming(carry(phi.getIncomingValue(i)), phi.getIncomingBlock(i));
  }

  llvm::Value* test(llvm::IRBuilder<>& builder, llvm::Value* lanes) {
    return builder.CreateICmpSLT(lanes, llvm::Constant::getNullValue(lanes_));
  }

  void replace_uses(llvm::Instruction& mask) {
    llvm::Value* lanes = carried_[&mask];
    for (llvm::Use& use : llvm::make_early_inc_range(mask.uses())) {
      auto* user = llvm::cast<llvm::Instruction>(use.getUser());
      // Those go, and are carried themselves.
      if (user == lanes || (is_mask(user->getType()) && is_logic(*user) && carried_.count(user) != 0)) continue;
      llvm::IRBuilder<> builder(user);
      if (user->getType() == lanes_ && llvm::isa<llvm::SExtInst>(user)) {
        user->replaceAllUsesWith(lanes);
        user->eraseFromParent();
      } else if (user->getType() == lanes_ && llvm::isa<llvm::ZExtInst>(user)) {
        user->replaceAllUsesWith(builder.CreateLShr(lanes, 31));
        user->eraseFromParent();
      } else if (llvm::isa<llvm::BitCastInst>(user)) {
        replace_bits(*user, lanes);
      } else {
        use.set(test(builder, lanes));
      }
    }
  }

  /// Whether any lane, or each, is on can be seen without gathering the bits.
  void replace_bits(llvm::Instruction& bits, llvm::Value* lanes) {
    for (llvm::User* user : llvm::make_early_inc_range(bits.users())) {
      auto* comparison = llvm::dyn_cast<llvm::ICmpInst>(user);
      if (comparison == nullptr || !comparison->isEquality()) continue;
      const auto* limit = llvm::dyn_cast<llvm::ConstantInt>(comparison->getOperand(1));
      if (limit == nullptr || (!limit->isZero() && !limit->isMinusOne())) continue;
      llvm::IRBuilder<> builder(comparison);
      llvm::Value* all = limit->isZero() ? builder.CreateOrReduce(lanes) : builder.CreateAndReduce(lanes);
      llvm::Value* result =
          builder.CreateICmp(comparison->getPredicate(), all,
                             limit->isZero() ? builder.getInt32(0) : llvm::Constant::getAllOnesValue(all->getType()));
      comparison->replaceAllUsesWith(result);
      comparison->eraseFromParent();
    }
    if (bits.use_empty()) {
      bits.eraseFromParent();
      return;
    }
    llvm::IRBuilder<> builder(&bits);
    bits.setOperand(0, test(builder, lanes));
  }

  llvm::Function& function_;
  llvm::VectorType* lanes_;
  llvm::MapVector<llvm::Value*, llvm::Value*> carried_;
};

}  // namespace

llvm::PreservedAnalyses CarryMasks::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  return Carrier(function).run() ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
}

}  // namespace pymetal::lowering
