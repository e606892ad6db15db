// Makes float functions of the functions of half vectors, for processors that have arithmetic of float only.
#include "lowering/promote_half.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

namespace pymetal::lowering {
namespace {

/// Functions whose result is the same when it is rounded from a float's.
bool is_promoted(llvm::Intrinsic::ID id) {
  switch (id) {
    case llvm::Intrinsic::ceil:
    case llvm::Intrinsic::floor:
    case llvm::Intrinsic::maxnum:
    case llvm::Intrinsic::minnum:
    case llvm::Intrinsic::nearbyint:
    case llvm::Intrinsic::rint:
    case llvm::Intrinsic::round:
    case llvm::Intrinsic::roundeven:
    case llvm::Intrinsic::sqrt:
    case llvm::Intrinsic::trunc:
      return true;
    default:
      return false;
  }
}

llvm::IntrinsicInst* half_function(llvm::Instruction& instruction) {
  auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  const bool is_found = call != nullptr && call->getType()->isVectorTy() &&
                        call->getType()->getScalarType()->isHalfTy() && is_promoted(call->getIntrinsicID());
  return is_found ? call : nullptr;
}

}  // namespace

llvm::PreservedAnalyses PromoteHalf::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  bool changed = false;
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    llvm::IntrinsicInst* call = half_function(instruction);
    if (call == nullptr) continue;
    llvm::IRBuilder<> builder(call);
    llvm::Type* halves = call->getType();
    llvm::Type* floats =
        llvm::VectorType::get(builder.getFloatTy(), llvm::cast<llvm::VectorType>(halves)->getElementCount());
    llvm::SmallVector<llvm::Value*, 2> operands;
    for (llvm::Value* operand : call->args()) operands.push_back(builder.CreateFPExt(operand, floats));
    llvm::Value* result = builder.CreateIntrinsic(call->getIntrinsicID(), {floats}, operands);
    call->replaceAllUsesWith(builder.CreateFPTrunc(result, halves));
    call->eraseFromParent();
    changed = true;
  }
  return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
}

}  // namespace pymetal::lowering
