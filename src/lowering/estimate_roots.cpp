// Computes rsqrt from AVX-512's estimate, in place of a root and a quotient.
#include "lowering/estimate_roots.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/IR/PatternMatch.h"

namespace pymetal::lowering {
namespace {

/// Floats in a register.
constexpr unsigned kLanes = 16;

/// What `rsqrt` of the device library has become: `select(is_nan(better), y, better)`, with y = 1 / sqrt(x).
struct Root {
  llvm::SelectInst* select;
  llvm::Instruction* quotient;
  llvm::Value* argument;
};

std::optional<Root> as_root(llvm::SelectInst& select) {
  using namespace llvm::PatternMatch;  // NOLINT(google-build-using-namespace): patterns read as formulas
  const auto fma = [](const auto& a, const auto& b, const auto& c) {
    return m_Intrinsic<llvm::Intrinsic::fma>(a, b, c);
  };
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(select.getType());
  if (type == nullptr || !type->getElementType()->isFloatTy() || type->getNumElements() % kLanes != 0)
    return std::nullopt;
  auto* y = llvm::dyn_cast<llvm::Instruction>(select.getTrueValue());
  auto* better = llvm::dyn_cast<llvm::Instruction>(select.getFalseValue());
  llvm::Value* x = nullptr;
  if (y == nullptr || better == nullptr ||
      !match(y, m_FDiv(m_FPOne(), m_OneUse(m_Intrinsic<llvm::Intrinsic::sqrt>(m_Value(x))))) ||
      !match(select.getCondition(), m_SpecificFCmp(llvm::CmpInst::FCMP_UNO, m_Specific(better), m_AnyZeroFP())))
    return std::nullopt;
  llvm::Value *scaled = nullptr, *factor = nullptr, *residual = nullptr, *rest = nullptr, *part = nullptr;
  llvm::Value *negative = nullptr, *product = nullptr, *negative_product = nullptr;
  if (!match(better, fma(m_Value(scaled), m_Value(factor), m_Specific(y))) ||
      !match(factor, fma(m_Value(residual), m_SpecificFP(0.375), m_SpecificFP(0.5))) ||
      !match(scaled, m_c_FMul(m_Specific(y), m_Specific(residual))) ||
      !match(residual, fma(m_Value(rest), m_Value(negative), m_Value(part))) ||
      !match(negative, m_FNeg(m_Specific(y))) || !match(part, fma(m_Value(product), m_Specific(negative), m_FPOne())) ||
      !match(rest, fma(m_Specific(x), m_Specific(y), m_Value(negative_product))) ||
      !match(negative_product, m_FNeg(m_Specific(product))) || !match(product, m_c_FMul(m_Specific(x), m_Specific(y))))
    return std::nullopt;
  // Nothing else may see what changes.
  const llvm::Value* changing[] = {y, scaled, factor, residual, rest, part, negative, product, negative_product};
  llvm::SmallPtrSet<const llvm::Value*, 16> steps(std::begin(changing), std::end(changing));
  steps.insert({better, &select});
  const auto is_step = [&](const llvm::User* user) { return steps.contains(user); };
  if (!llvm::all_of(changing, [&](const llvm::Value* step) { return llvm::all_of(step->users(), is_step); }))
    return std::nullopt;
  return Root{&select, y, x};
}

/// The estimate of 1 / sqrt(x), a register at a time; right for zero, infinity, NaN and what is negative.
llvm::Value* estimate(llvm::IRBuilder<>& builder, llvm::Value* x) {
  auto* part = llvm::FixedVectorType::get(builder.getFloatTy(), kLanes);
  llvm::Value* all = llvm::PoisonValue::get(x->getType());
  const unsigned lanes = llvm::cast<llvm::FixedVectorType>(x->getType())->getNumElements();
  for (unsigned first = 0; first < lanes; first += kLanes) {
    llvm::Value* one = builder.CreateExtractVector(part, x, first);
    one = builder.CreateIntrinsic(llvm::Intrinsic::x86_avx512_rsqrt14_ps_512, {},
                                  {one, llvm::Constant::getNullValue(part), builder.getInt16(0xFFFF)});
    all = lanes == kLanes ? one : builder.CreateInsertVector(x->getType(), all, one, first);
  }
  return all;
}

void replace(const Root& root) {
  llvm::IRBuilder<> builder(root.quotient);
  llvm::Value* x = root.argument;
  llvm::Type* type = x->getType();
  const auto fma = [&](llvm::Value* a, llvm::Value* b, llvm::Value* c) {
    return builder.CreateIntrinsic(llvm::Intrinsic::fma, {type}, {a, b, c});
  };
  llvm::Value* first = estimate(builder, x);
  llvm::Value* error = fma(builder.CreateFMul(x, first), builder.CreateFNeg(first), llvm::ConstantFP::get(type, 1.0));
  llvm::Value* y = fma(builder.CreateFMul(first, llvm::ConstantFP::get(type, 0.5)), error, first);
  // Where the steps from here on end in NaN, for infinity say, the estimate is the result.
  root.select->setTrueValue(first);
  root.quotient->replaceAllUsesWith(y);
  auto* root_of_x = llvm::cast<llvm::Instruction>(root.quotient->getOperand(1));
  root.quotient->eraseFromParent();
  root_of_x->eraseFromParent();
}

}  // namespace

llvm::PreservedAnalyses EstimateRoots::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  bool changed = false;
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    auto* select = llvm::dyn_cast<llvm::SelectInst>(&instruction);
    const std::optional<Root> root = select ? as_root(*select) : std::nullopt;
    if (!root) continue;
    replace(*root);
    changed = true;
  }
  return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
}

}  // namespace pymetal::lowering
