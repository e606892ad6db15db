// Spells out the saturating conversions of vectors, for processors that have none.
#include "lowering/saturate_vectors.h"

#include <cmath>

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

namespace pymetal::lowering {
namespace {

/// Integers narrower than this have ends that a float holds exactly, and convert by way of it.
constexpr unsigned kWordBits = 32;

class Saturation {
 public:
  explicit Saturation(llvm::IntrinsicInst& call)
      : builder_(&call),
        integers_(llvm::cast<llvm::VectorType>(call.getType())),
        bits_(integers_->getScalarSizeInBits()),
        is_signed_(call.getIntrinsicID() == llvm::Intrinsic::fptosi_sat),
        value_(call.getArgOperand(0)) {
    if (value_->getType()->getScalarType()->isHalfTy())
      value_ = builder_.CreateFPExt(value_, llvm::VectorType::get(builder_.getFloatTy(), integers_));
  }

  llvm::Value* run() { return bits_ < kWordBits ? convert_clamped() : convert_and_correct(); }

 private:
  llvm::Value* number(double value) { return llvm::ConstantFP::get(value_->getType(), value); }

  /// A NaN becomes the lower end on the way.
  llvm::Value* convert_clamped() {
    const double count = std::ldexp(1.0, static_cast<int>(bits_));
    llvm::Value* clamped = builder_.CreateMaxNum(value_, number(is_signed_ ? -count / 2 : 0));
    clamped = builder_.CreateMinNum(clamped, number((is_signed_ ? count / 2 : count) - 1));
    llvm::Value* words = builder_.CreateFPToSI(clamped, llvm::VectorType::get(builder_.getInt32Ty(), integers_));
    return is_signed_ ? zero_for_nan(builder_.CreateTrunc(words, integers_)) : builder_.CreateTrunc(words, integers_);
  }

  llvm::Value* convert_and_correct() {
    llvm::Value* result =
        is_signed_ ? builder_.CreateFPToSI(value_, integers_) : builder_.CreateFPToUI(value_, integers_);
    result = builder_.CreateFreeze(result);
    const double end = std::ldexp(1.0, static_cast<int>(is_signed_ ? bits_ - 1 : bits_));
    const auto limit = [&](const llvm::APInt& value) { return llvm::ConstantInt::get(integers_, value); };
    result = builder_.CreateSelect(
        builder_.CreateFCmpOGE(value_, number(end)),
        limit(is_signed_ ? llvm::APInt::getSignedMaxValue(bits_) : llvm::APInt::getMaxValue(bits_)), result);
    if (!is_signed_) return builder_.CreateSelect(builder_.CreateFCmpULT(value_, number(0)), zero(), result);
    result = builder_.CreateSelect(builder_.CreateFCmpOLT(value_, number(-end)),
                                   limit(llvm::APInt::getSignedMinValue(bits_)), result);
    return zero_for_nan(result);
  }

  llvm::Value* zero() { return llvm::Constant::getNullValue(integers_); }
  llvm::Value* zero_for_nan(llvm::Value* result) {
    return builder_.CreateSelect(builder_.CreateFCmpUNO(value_, value_), zero(), result);
  }

  llvm::IRBuilder<> builder_;
  llvm::VectorType* integers_;
  unsigned bits_;
  bool is_signed_;
  llvm::Value* value_;
};

bool is_saturating_vector(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  if (call == nullptr || !call->getType()->isVectorTy()) return false;
  return call->getIntrinsicID() == llvm::Intrinsic::fptosi_sat || call->getIntrinsicID() == llvm::Intrinsic::fptoui_sat;
}

}  // namespace

llvm::PreservedAnalyses SaturateVectors::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  bool changed = false;
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    if (!is_saturating_vector(instruction)) continue;
    instruction.replaceAllUsesWith(Saturation(llvm::cast<llvm::IntrinsicInst>(instruction)).run());
    instruction.eraseFromParent();
    changed = true;
  }
  return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
}

}  // namespace pymetal::lowering
