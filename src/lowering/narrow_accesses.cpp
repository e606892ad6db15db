// Makes accesses under constant masks ones of fewer elements.
#include "lowering/narrow_accesses.h"

#include <optional>

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

namespace pymetal::lowering {
namespace {

/// The elements that are on, where they stand in a row.
struct Stretch {
  unsigned first;
  unsigned count;
};

std::optional<Stretch> find_stretch(const llvm::Value* mask) {
  const auto* constant = llvm::dyn_cast<llvm::Constant>(mask);
  if (constant == nullptr) return std::nullopt;
  const unsigned length = llvm::cast<llvm::FixedVectorType>(mask->getType())->getNumElements();
  const auto is_on = [&](unsigned i) -> std::optional<bool> {
    const auto* bit = llvm::dyn_cast_or_null<llvm::ConstantInt>(constant->getAggregateElement(i));
    return bit != nullptr ? std::optional(bit->isOne()) : std::nullopt;
  };
  Stretch stretch{0, 0};
  for (unsigned i = 0; i < length; ++i) {
    const std::optional<bool> on = is_on(i);
    if (!on) return std::nullopt;
    if (!*on) continue;
    if (stretch.count == 0) stretch.first = i;
    if (stretch.first + stretch.count != i) return std::nullopt;
    ++stretch.count;
  }
  return stretch.count != 0 ? std::optional(stretch) : std::nullopt;
}

/// Narrows one access at a time.
class Narrower {
 public:
  explicit Narrower(llvm::IntrinsicInst& access) : access_(access), builder_(&access) {}

  bool narrow() {
    const bool is_load = access_.getIntrinsicID() == llvm::Intrinsic::masked_load;
    const auto stretch = find_stretch(access_.getArgOperand(is_load ? 1 : 2));
    if (!stretch) return false;
    llvm::Value* pointer = access_.getArgOperand(is_load ? 0 : 1);
    auto* type = llvm::cast<llvm::FixedVectorType>(is_load ? access_.getType() : access_.getArgOperand(0)->getType());
    const std::uint64_t size = access_.getDataLayout().getTypeStoreSize(type->getElementType());
    llvm::Value* address =
        builder_.CreateConstGEP1_64(type->getElementType(), pointer, static_cast<std::int64_t>(stretch->first));
    const llvm::Align align =
        llvm::commonAlignment(access_.getParamAlign(is_load ? 0 : 1).valueOrOne(), size * stretch->first);
    auto* narrow_type = llvm::FixedVectorType::get(type->getElementType(), stretch->count);
    if (is_load) {
      llvm::Value* elements = builder_.CreateAlignedLoad(narrow_type, address, align);
      access_.replaceAllUsesWith(widen(elements, access_.getArgOperand(2), *stretch, type->getNumElements()));
    } else {
      llvm::SmallVector<int, 32> elements;
      for (unsigned i = 0; i < stretch->count; ++i) elements.push_back(static_cast<int>(stretch->first + i));
      builder_.CreateAlignedStore(builder_.CreateShuffleVector(access_.getArgOperand(0), elements), address, align);
    }
    access_.eraseFromParent();
    return true;
  }

 private:
  /// A vector with the elements at their place among others.
  llvm::Value* widen(llvm::Value* elements, llvm::Value* others, Stretch stretch, unsigned length) {
    llvm::SmallVector<int, 64> places(length, -1);
    for (unsigned i = 0; i < stretch.count; ++i) places[stretch.first + i] = static_cast<int>(i);
    llvm::Value* wide = builder_.CreateShuffleVector(elements, places);
    if (llvm::isa<llvm::UndefValue>(others)) return wide;
    for (unsigned i = 0; i < length; ++i) places[i] = static_cast<int>(places[i] < 0 ? length + i : i);
    return builder_.CreateShuffleVector(wide, others, places);
  }

  llvm::IntrinsicInst& access_;
  llvm::IRBuilder<> builder_;
};

}  // namespace

llvm::PreservedAnalyses NarrowAccesses::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  bool has_changed = false;
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
    if (call != nullptr && (call->getIntrinsicID() == llvm::Intrinsic::masked_load ||
                            call->getIntrinsicID() == llvm::Intrinsic::masked_store))
      has_changed |= Narrower(*call).narrow();
  }
  if (!has_changed) return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  return preserved;
}

}  // namespace pymetal::lowering
