// Carries bfloats as the integers that their bits are.
#include "lowering/carry_bfloat.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

namespace pymetal::lowering {
namespace {

bool is_bfloat(const llvm::Type* type) { return type->getScalarType()->isBFloatTy(); }

llvm::Type* bits_of(llvm::Type* type) {
  if (!is_bfloat(type)) return type;
  llvm::Type* word = llvm::Type::getInt16Ty(type->getContext());
  const auto* vector = llvm::dyn_cast<llvm::VectorType>(type);
  return vector == nullptr ? word : llvm::VectorType::get(word, vector->getElementCount());
}

/// Moves values, and looks at none.
bool is_move(const llvm::Instruction& instruction) {
  if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) {
    switch (call->getIntrinsicID()) {
      case llvm::Intrinsic::masked_load:
      case llvm::Intrinsic::masked_store:
      case llvm::Intrinsic::masked_gather:
      case llvm::Intrinsic::masked_scatter:
        return true;
      default:
        return false;
    }
  }
  return llvm::isa<llvm::PHINode, llvm::SelectInst, llvm::ShuffleVectorInst, llvm::ExtractElementInst,
                   llvm::InsertElementInst, llvm::LoadInst, llvm::StoreInst, llvm::FreezeInst>(instruction);
}

bool moves_bfloat(const llvm::Instruction& instruction) {
  return is_move(instruction) &&
         (is_bfloat(instruction.getType()) ||
          llvm::any_of(instruction.operands(), [](const llvm::Use& use) { return is_bfloat(use->getType()); }));
}

llvm::Value* to_bits(llvm::Value* value, llvm::Instruction* before) {
  if (!is_bfloat(value->getType())) return value;
  // No bfloat may go from block to block.
  auto* cast = llvm::dyn_cast<llvm::BitCastInst>(value);
  if (cast != nullptr && cast->getSrcTy() == bits_of(value->getType())) return cast->getOperand(0);
  return llvm::IRBuilder<>(before).CreateBitCast(value, bits_of(value->getType()));
}

llvm::Instruction* carry_phi(llvm::PHINode& phi) {
  llvm::PHINode* bits =
      llvm::PHINode::Create(bits_of(phi.getType()), phi.getNumIncomingValues(), phi.getName(), phi.getIterator());
  for (unsigned i = 0; i < phi.getNumIncomingValues(); ++i) {
    llvm::BasicBlock* from = phi.getIncomingBlock(i);
    // A block that comes in twice must bring one value.
    const int known = bits->getBasicBlockIndex(from);
    bits->addIncoming(known >= 0 ? bits->getIncomingValue(static_cast<unsigned>(known))
                                 : to_bits(phi.getIncomingValue(i), from->getTerminator()),
                      from);
  }
  return bits;
}

llvm::Instruction* carry_call(llvm::IntrinsicInst& call) {
  llvm::IRBuilder<> builder(&call);
  llvm::SmallVector<llvm::Value*, 4> arguments;
  for (llvm::Value* argument : call.args()) arguments.push_back(to_bits(argument, &call));
  // The overloaded types: what is moved, and the address.
  const bool stores = call.getType()->isVoidTy();
  llvm::Type* moved = stores ? arguments[0]->getType() : bits_of(call.getType());
  llvm::Type* address = arguments[stores ? 1 : 0]->getType();
  llvm::CallInst* bits = builder.CreateIntrinsic(call.getIntrinsicID(), {moved, address}, arguments);
  bits->setAttributes(call.getAttributes());
  bits->copyMetadata(call);
  return bits;
}

llvm::Instruction* carry(llvm::Instruction& instruction) {
  if (auto* phi = llvm::dyn_cast<llvm::PHINode>(&instruction)) return carry_phi(*phi);
  if (auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) return carry_call(*call);
  llvm::Instruction* bits = nullptr;
  if (auto* select = llvm::dyn_cast<llvm::SelectInst>(&instruction)) {
    // A copy would keep the flags of floats.
    bits = llvm::SelectInst::Create(select->getCondition(), select->getTrueValue(), select->getFalseValue());
  } else {
    bits = instruction.clone();
  }
  for (llvm::Use& operand : bits->operands()) operand = to_bits(operand, &instruction);
  bits->mutateType(bits_of(instruction.getType()));
  bits->insertBefore(instruction.getIterator());
  return bits;
}

/// Reads the bits of a value where they come from, which may be another block.
bool join_casts(llvm::Function& function) {
  bool has_changed = false;
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    auto* cast = llvm::dyn_cast<llvm::BitCastInst>(&instruction);
    if (cast == nullptr || !is_bfloat(cast->getSrcTy()) || cast->getDestTy() != bits_of(cast->getSrcTy())) continue;
    auto* inner = llvm::dyn_cast<llvm::BitCastInst>(cast->getOperand(0));
    if (inner == nullptr || inner->getSrcTy() != cast->getDestTy()) continue;
    cast->replaceAllUsesWith(inner->getOperand(0));
    cast->eraseFromParent();
    has_changed = true;
  }
  return has_changed;
}

}  // namespace

llvm::PreservedAnalyses CarryBfloat::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  llvm::SmallVector<llvm::Instruction*, 16> moves;
  for (llvm::Instruction& instruction : llvm::instructions(function))
    if (moves_bfloat(instruction)) moves.push_back(&instruction);
  for (llvm::Instruction* move : moves) {
    llvm::Instruction* bits = carry(*move);
    if (!move->getType()->isVoidTy()) {
      llvm::Value* result = bits;
      if (is_bfloat(move->getType())) {
        llvm::IRBuilder<> builder(move);
        if (llvm::isa<llvm::PHINode>(move))
          builder.SetInsertPoint(move->getParent(), move->getParent()->getFirstInsertionPt());
        result = builder.CreateBitCast(bits, move->getType());
      }
      move->replaceAllUsesWith(result);
    }
    move->eraseFromParent();
  }
  const bool has_joined = join_casts(function);
  return moves.empty() && !has_joined ? llvm::PreservedAnalyses::all() : llvm::PreservedAnalyses::none();
}

}  // namespace pymetal::lowering
