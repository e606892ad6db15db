// Division of constants by zero, which Clang and LLVM fold to nothing in particular. The linker's --wrap sends LLVM's
// own calls through here.
#include "compiler/wrapped_symbol.h"
#include "llvm/IR/ConstantFold.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Instruction.h"

#define FOLD _ZN4llvm29ConstantFoldBinaryInstructionEjPNS_8ConstantES1_

using llvm::Constant;
using llvm::Instruction;

extern "C" Constant* REAL(FOLD)(unsigned, Constant*, Constant*);

namespace {

bool is_signed_division(unsigned opcode) { return opcode == Instruction::SDiv || opcode == Instruction::SRem; }

bool is_division(unsigned opcode) {
  return is_signed_division(opcode) || opcode == Instruction::UDiv || opcode == Instruction::URem;
}

/// `x / 0` is x, and the smallest integer divided by -1 is itself; both leave 0. Null for every other division.
Constant* divide(unsigned opcode, Constant* left, Constant* right) {
  const auto* dividend = llvm::dyn_cast<llvm::ConstantInt>(left);
  const auto* divisor = llvm::dyn_cast<llvm::ConstantInt>(right);
  if (dividend == nullptr || divisor == nullptr) return nullptr;
  const bool overflows = is_signed_division(opcode) && divisor->isMinusOne() && dividend->isMinValue(true);
  if (!divisor->isZero() && !overflows) return nullptr;
  const bool is_remainder = opcode == Instruction::SRem || opcode == Instruction::URem;
  return is_remainder ? Constant::getNullValue(left->getType()) : left;
}

}  // namespace

extern "C" Constant* WRAP(FOLD)(unsigned opcode, Constant* left, Constant* right) {
  if (!is_division(opcode)) return REAL(FOLD)(opcode, left, right);
  auto* type = llvm::dyn_cast<llvm::FixedVectorType>(left->getType());
  if (type == nullptr) {
    Constant* result = divide(opcode, left, right);
    return result != nullptr ? result : REAL(FOLD)(opcode, left, right);
  }
  llvm::SmallVector<Constant*, 16> elements;
  for (unsigned i = 0; i < type->getNumElements(); ++i) {
    Constant* dividend = left->getAggregateElement(i);
    Constant* divisor = right->getAggregateElement(i);
    if (dividend == nullptr || divisor == nullptr) return REAL(FOLD)(opcode, left, right);
    Constant* element = WRAP(FOLD)(opcode, dividend, divisor);
    if (element == nullptr) return nullptr;
    elements.push_back(element);
  }
  return llvm::ConstantVector::get(elements);
}
