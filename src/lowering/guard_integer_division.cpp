// Integer division by zero does not trap in Metal; on most CPUs it does.
#include "lowering/guard_integer_division.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

namespace pymetal::lowering {
namespace {

bool is_division(const llvm::Instruction& instruction) {
  switch (instruction.getOpcode()) {
    case llvm::Instruction::SDiv:
    case llvm::Instruction::UDiv:
    case llvm::Instruction::SRem:
    case llvm::Instruction::URem:
      return true;
    default:
      return false;
  }
}

bool is_safe_divisor(const llvm::Value* divisor, bool is_signed) {
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(divisor);
  return constant != nullptr && !constant->isZero() && !(is_signed && constant->isMinusOne());
}

}  // namespace

llvm::PreservedAnalyses GuardIntegerDivision::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  bool changed = false;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (!is_division(instruction)) continue;
    const bool is_signed =
        instruction.getOpcode() == llvm::Instruction::SDiv || instruction.getOpcode() == llvm::Instruction::SRem;
    llvm::Value* divisor = instruction.getOperand(1);
    if (is_safe_divisor(divisor, is_signed)) continue;
    llvm::IRBuilder<> builder(&instruction);
    llvm::Type* type = divisor->getType();
    llvm::Value* traps = builder.CreateICmpEQ(divisor, llvm::ConstantInt::get(type, 0));
    if (is_signed) {
      const auto smallest = llvm::APInt::getSignedMinValue(type->getScalarSizeInBits());
      llvm::Value* dividend = builder.CreateFreeze(instruction.getOperand(0));
      instruction.setOperand(0, dividend);
      llvm::Value* overflows =
          builder.CreateAnd(builder.CreateICmpEQ(divisor, llvm::ConstantInt::getAllOnesValue(type)),
                            builder.CreateICmpEQ(dividend, llvm::ConstantInt::get(type, smallest)));
      traps = builder.CreateOr(traps, overflows);
    }
    instruction.setOperand(1, builder.CreateSelect(traps, llvm::ConstantInt::get(type, 1), divisor));
    changed = true;
  }
  return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
}

}  // namespace pymetal::lowering
