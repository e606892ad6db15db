// Converts halves to integers by way of float, which holds each of them.
#include "lowering/saturate_halves.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

namespace pymetal::lowering {
namespace {

bool saturates_half(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  return call != nullptr &&
         (call->getIntrinsicID() == llvm::Intrinsic::fptosi_sat ||
          call->getIntrinsicID() == llvm::Intrinsic::fptoui_sat) &&
         call->getArgOperand(0)->getType()->getScalarType()->isHalfTy();
}

}  // namespace

llvm::PreservedAnalyses SaturateHalves::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  bool changed = false;
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    if (!saturates_half(instruction)) continue;
    auto& call = llvm::cast<llvm::IntrinsicInst>(instruction);
    llvm::IRBuilder<> builder(&call);
    llvm::Value* half = call.getArgOperand(0);
    llvm::Type* floats = half->getType()->getWithNewType(builder.getFloatTy());
    llvm::Value* number = builder.CreateFPExt(half, floats);
    call.replaceAllUsesWith(builder.CreateIntrinsic(call.getIntrinsicID(), {call.getType(), floats}, {number}));
    call.eraseFromParent();
    changed = true;
  }
  return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
}

}  // namespace pymetal::lowering
