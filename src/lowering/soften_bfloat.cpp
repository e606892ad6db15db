// Makes arithmetic on float of arithmetic on bfloat, and integer operations of the conversions between the two.
#include "lowering/soften_bfloat.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

namespace pymetal::lowering {
namespace {

bool is_bfloat(const llvm::Value* value) { return value->getType()->getScalarType()->isBFloatTy(); }

class Softener {
 public:
  explicit Softener(llvm::Instruction& instruction) : instruction_(instruction), builder_(&instruction) {
    if (llvm::isa<llvm::FPMathOperator>(instruction)) builder_.setFastMathFlags(instruction.getFastMathFlags());
  }

  /// What stands for the instruction, or null where it may stay.
  llvm::Value* run() {
    llvm::Value* operand = instruction_.getNumOperands() == 0 ? nullptr : instruction_.getOperand(0);
    if (operand == nullptr || (!is_bfloat(operand) && !is_bfloat(&instruction_))) return nullptr;
    switch (instruction_.getOpcode()) {
      case llvm::Instruction::FPTrunc:
        return operand->getType()->getScalarType()->isFloatTy() ? narrow(operand) : nullptr;
      case llvm::Instruction::FPExt:
        return builder_.CreateFPExt(widen(operand), instruction_.getType());
      case llvm::Instruction::SIToFP:
        return narrow(builder_.CreateSIToFP(round_to_odd(operand, true), like(operand, builder_.getFloatTy())));
      case llvm::Instruction::UIToFP:
        return narrow(builder_.CreateUIToFP(round_to_odd(operand, false), like(operand, builder_.getFloatTy())));
      case llvm::Instruction::FPToSI:
        return builder_.CreateFPToSI(widen(operand), instruction_.getType());
      case llvm::Instruction::FPToUI:
        return builder_.CreateFPToUI(widen(operand), instruction_.getType());
      case llvm::Instruction::FCmp:
        return builder_.CreateFCmp(llvm::cast<llvm::FCmpInst>(instruction_).getPredicate(), widen(operand),
                                   widen(instruction_.getOperand(1)));
      case llvm::Instruction::FNeg:
        return narrow(builder_.CreateFNeg(widen(operand)));
      case llvm::Instruction::FAdd:
      case llvm::Instruction::FSub:
      case llvm::Instruction::FMul:
      case llvm::Instruction::FDiv:
      case llvm::Instruction::FRem:
        return narrow(builder_.CreateBinOp(static_cast<llvm::Instruction::BinaryOps>(instruction_.getOpcode()),
                                           widen(operand), widen(instruction_.getOperand(1))));
      case llvm::Instruction::Call:
        return soften_call();
      default:
        return nullptr;
    }
  }

 private:
  /// `element`, or a vector of it where `model` is one.
  static llvm::Type* like(const llvm::Value* model, llvm::Type* element) {
    const auto* vector = llvm::dyn_cast<llvm::VectorType>(model->getType());
    return vector == nullptr ? element : llvm::VectorType::get(element, vector->getElementCount());
  }

  llvm::Value* soften_call() {
    const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction_);
    if (call == nullptr) return nullptr;
    const llvm::Intrinsic::ID id = call->getIntrinsicID();
    if (id != llvm::Intrinsic::fptosi_sat && id != llvm::Intrinsic::fptoui_sat) return nullptr;
    llvm::Value* wide = widen(call->getArgOperand(0));
    return builder_.CreateIntrinsic(id, {instruction_.getType(), wide->getType()}, {wide});
  }

  /// The float of a bfloat: its upper half.
  llvm::Value* widen(llvm::Value* value) {
    llvm::Value* bits = builder_.CreateBitCast(value, like(value, builder_.getInt16Ty()));
    bits = builder_.CreateShl(builder_.CreateZExt(bits, like(value, builder_.getInt32Ty())), 16);
    return builder_.CreateBitCast(bits, like(value, builder_.getFloatTy()));
  }

  /// The nearest bfloat, ties to even; a NaN keeps its upper half and stays one.
  llvm::Value* narrow(llvm::Value* value) {
    constexpr unsigned kJustBelowHalf = 0x7fff;
    constexpr unsigned kQuiet = 0x40;
    llvm::Value* bits = builder_.CreateBitCast(value, like(value, builder_.getInt32Ty()));
    llvm::Value* upper = builder_.CreateLShr(bits, 16);
    const auto number = [&](unsigned n) { return llvm::ConstantInt::get(bits->getType(), n); };
    llvm::Value* rounding = builder_.CreateAdd(builder_.CreateAnd(upper, number(1)), number(kJustBelowHalf));
    llvm::Value* rounded = builder_.CreateLShr(builder_.CreateAdd(bits, rounding), 16);
    llvm::Value* is_nan = builder_.CreateFCmpUNO(value, value);
    bits = builder_.CreateSelect(is_nan, builder_.CreateOr(upper, number(kQuiet)), rounded);
    bits = builder_.CreateTrunc(bits, like(value, builder_.getInt16Ty()));
    return builder_.CreateBitCast(bits, like(value, builder_.getBFloatTy()));
  }

  /// An integer that a float holds exactly and that rounds to the same bfloat: what lies below 24 digits shows as an
  /// odd last digit.
  llvm::Value* round_to_odd(llvm::Value* value, bool is_signed) {
    constexpr unsigned kFloatDigits = 24;
    llvm::Type* type = value->getType();
    const unsigned width = type->getScalarSizeInBits();
    if (width <= kFloatDigits) return value;
    const auto number = [&](std::uint64_t n) { return llvm::ConstantInt::get(type, n); };
    llvm::Value* magnitude =
        is_signed ? builder_.CreateBinaryIntrinsic(llvm::Intrinsic::abs, value, builder_.getFalse()) : value;
    llvm::Value* zeros = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, magnitude, builder_.getFalse());
    llvm::Value* excess =
        builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, number(width - kFloatDigits), zeros);
    llvm::Value* kept = is_signed ? builder_.CreateAShr(value, excess) : builder_.CreateLShr(value, excess);
    llvm::Value* is_inexact = builder_.CreateICmpNE(builder_.CreateShl(kept, excess), value);
    kept = builder_.CreateOr(kept, builder_.CreateZExt(is_inexact, type));
    return builder_.CreateShl(kept, excess);
  }

  llvm::Instruction& instruction_;
  llvm::IRBuilder<> builder_;
};

}  // namespace

llvm::PreservedAnalyses SoftenBfloat::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  bool changed = false;
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    llvm::Value* replacement = Softener(instruction).run();
    if (replacement == nullptr) continue;
    instruction.replaceAllUsesWith(replacement);
    instruction.eraseFromParent();
    changed = true;
  }
  return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
}

}  // namespace pymetal::lowering
