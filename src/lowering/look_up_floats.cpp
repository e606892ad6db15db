// Looks up floats that four bits stand for.
#include "lowering/look_up_floats.h"

#include <numeric>

#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Utils/Local.h"

namespace pymetal::lowering {
namespace {

/// Floats in a register, and in a table.
constexpr unsigned kEntries = 16;
constexpr unsigned kBits = 4;
constexpr std::size_t kMostStepsToFloat = 8;

/// The steps from a value to what is computed from it, the last one first.
struct Computation {
  llvm::Value* source = nullptr;
  llvm::SmallVector<llvm::Instruction*, kMostStepsToFloat> steps;
};

/// The number that all lanes of an instruction's second operand are.
llvm::Constant* constant_of(const llvm::Instruction& instruction) {
  const auto* operand = llvm::dyn_cast<llvm::Constant>(instruction.getOperand(1));
  llvm::Constant* number = operand ? operand->getSplatValue() : nullptr;
  return llvm::isa_and_nonnull<llvm::ConstantInt, llvm::ConstantFP>(number) ? number : nullptr;
}

/// Whether what it computes depends on its first operand alone.
bool is_step(const llvm::Instruction& instruction) {
  switch (instruction.getOpcode()) {
    case llvm::Instruction::SIToFP:
    case llvm::Instruction::UIToFP:
    case llvm::Instruction::ZExt:
    case llvm::Instruction::SExt:
      return true;
    case llvm::Instruction::Add:
    case llvm::Instruction::Sub:
    case llvm::Instruction::Mul:
    case llvm::Instruction::And:
    case llvm::Instruction::Or:
    case llvm::Instruction::Xor:
    case llvm::Instruction::FAdd:
    case llvm::Instruction::FSub:
    case llvm::Instruction::FMul:
      return constant_of(instruction) != nullptr;
    default:
      return false;
  }
}

/// None where the floats do not come from four bits, or in too few steps.
std::optional<Computation> as_computation(llvm::Instruction& result) {
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(result.getType());
  if (type == nullptr || !type->getElementType()->isFloatTy() || type->getNumElements() % kEntries != 0)
    return std::nullopt;
  const llvm::DataLayout& layout = result.getDataLayout();
  Computation found;
  for (llvm::Value* value = &result; found.source == nullptr;) {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
    const bool is_integer = value->getType()->isIntOrIntVectorTy() && value->getType()->getScalarSizeInBits() <= 32;
    // The lookup does not see higher bits.
    const bool is_masked =
        is_integer && instruction != nullptr && instruction->getOpcode() == llvm::Instruction::And &&
        llvm::PatternMatch::match(instruction->getOperand(1), llvm::PatternMatch::m_SpecificInt(kEntries - 1));
    if (!is_masked && is_integer && llvm::computeKnownBits(value, layout).countMaxActiveBits() <= kBits) {
      found.source = value;
      continue;
    }
    if (instruction == nullptr || !is_step(*instruction) || found.steps.size() == kMostStepsToFloat ||
        (instruction != &result && !instruction->hasOneUse()))
      return std::nullopt;
    found.steps.push_back(instruction);
    value = instruction->getOperand(0);
    if (is_masked) found.source = value;
  }
  const bool is_narrow = found.source->getType()->getScalarSizeInBits() < 32;
  if (found.steps.size() < (is_narrow ? 3 : 2)) return std::nullopt;
  return found;
}

/// What the steps make of 0, 1 … 15; null where LLVM cannot tell.
llvm::Constant* table_of(const Computation& computation) {
  const llvm::DataLayout& layout = computation.steps.front()->getDataLayout();
  llvm::SmallVector<llvm::Constant*, kEntries> numbers;
  for (unsigned i = 0; i < kEntries; ++i)
    numbers.push_back(llvm::ConstantInt::get(computation.source->getType()->getScalarType(), i));
  llvm::Constant* table = llvm::ConstantVector::get(numbers);
  for (const llvm::Instruction* step : llvm::reverse(computation.steps)) {
    if (table == nullptr) return nullptr;
    if (step->isCast()) {
      auto* type = llvm::FixedVectorType::get(step->getType()->getScalarType(), kEntries);
      table = llvm::ConstantFoldCastOperand(step->getOpcode(), table, type, layout);
    } else {
      llvm::Constant* other =
          llvm::ConstantVector::getSplat(llvm::ElementCount::getFixed(kEntries), constant_of(*step));
      table = llvm::ConstantFoldBinaryOpOperands(step->getOpcode(), table, other, layout);
    }
  }
  return table;
}

llvm::Value* look_up(llvm::IRBuilder<>& builder, llvm::Constant* table, llvm::Value* source, llvm::Type* type) {
  const unsigned lanes = llvm::cast<llvm::FixedVectorType>(type)->getNumElements();
  auto* word = builder.getInt32Ty();
  llvm::Value* places = builder.CreateZExt(source, llvm::FixedVectorType::get(word, lanes));
  llvm::Value* all = llvm::PoisonValue::get(type);
  for (unsigned first = 0; first < lanes; first += kEntries) {
    llvm::Value* part = builder.CreateExtractVector(llvm::FixedVectorType::get(word, kEntries), places, first);
    part = builder.CreateIntrinsic(llvm::Intrinsic::x86_avx512_permvar_sf_512, {}, {table, part});
    all = lanes == kEntries ? part : builder.CreateInsertVector(type, all, part, first);
  }
  return all;
}

}  // namespace

llvm::PreservedAnalyses LookUpFloats::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  llvm::SmallVector<llvm::WeakVH, 64> results;
  for (llvm::Instruction& instruction : llvm::instructions(function))
    if (instruction.getType()->isFPOrFPVectorTy() && is_step(instruction)) results.emplace_back(&instruction);
  bool changed = false;
  // The last steps first: they take those before them along.
  for (const llvm::WeakVH& handle : llvm::reverse(results)) {
    auto* result = llvm::cast_or_null<llvm::Instruction>(static_cast<llvm::Value*>(handle));
    const std::optional<Computation> computation = result ? as_computation(*result) : std::nullopt;
    llvm::Constant* table = computation ? table_of(*computation) : nullptr;
    if (table == nullptr) continue;
    llvm::IRBuilder<> builder(result);
    result->replaceAllUsesWith(look_up(builder, table, computation->source, result->getType()));
    llvm::RecursivelyDeleteTriviallyDeadInstructions(result);
    changed = true;
  }
  return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
}

}  // namespace pymetal::lowering
