// How each value of a kernel differs from lane to lane.
#include "lowering/widen/shapes.h"

#include <bit>

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {
namespace {

/// Beyond it, offsets might wrap around by themselves.
constexpr std::int64_t kLargestOffset = std::int64_t{1} << 29;
/// Beyond so many low bits, values are hardly ever aligned.
constexpr unsigned kMostTestedBits = 12;
/// With more classes, a vector is less work than a scalar for each.
constexpr std::size_t kMostClasses = 8;

/// The index of an input's component.
std::uint64_t component(const llvm::CallInst& call) {
  const auto* index = call.arg_size() > 0 ? llvm::dyn_cast<llvm::ConstantInt>(call.getArgOperand(0)) : nullptr;
  return index ? index->getZExtValue() : ~std::uint64_t{0};
}

llvm::StringRef input_name(const llvm::Value* value) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(value);
  const llvm::Function* callee = call ? call->getCalledFunction() : nullptr;
  if (callee == nullptr || !callee->getName().starts_with(kIntrinsicPrefix)) return {};
  return callee->getName();
}

/// Whether integers of a type hold the offsets.
bool fits(const LanePattern& pattern, const llvm::Type* type) {
  const auto [least, greatest] = pattern.range();
  return !type->isIntegerTy() || type->getIntegerBitWidth() >= 64 ||
         (llvm::isIntN(type->getIntegerBitWidth(), least) && llvm::isIntN(type->getIntegerBitWidth(), greatest));
}

}  // namespace

std::optional<unsigned> Shape::low_bits() const {
  if (!is_patterned() || !pattern->has_one_class()) return std::nullopt;
  const auto [least, greatest] = pattern->range();
  if (least < 0) return std::nullopt;
  return static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(greatest)));
}

bool Shape::differs_in_low_bits() const {
  const std::optional<unsigned> bits = low_bits();
  return bits && *bits <= alignment;
}

Shapes::Shapes(llvm::Function& kernel, const llvm::UniformityInfo& uniformity, const Divergence& divergence,
               const llvm::LoopInfo& loops, const PrivateArrays& arrays, ThreadLayout layout)
    : uniformity_(uniformity),
      divergence_(divergence),
      loops_(loops),
      arrays_(arrays),
      layout_of_data_(kernel.getDataLayout()),
      layout_(layout) {
  const llvm::ReversePostOrderTraversal<llvm::Function*> blocks(&kernel);
  // Shapes only ever grow from Unknown over Patterned, with ever less alignment, to Varying, so this ends.
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (const llvm::BasicBlock* block : blocks) {
      for (const llvm::Instruction& instruction : *block) {
        const Shape shape = shapes_.lookup(&instruction);
        if (shape.is_varying()) continue;
        Shape next = compute(instruction);
        if (shape.is_patterned() && next.is_patterned()) {
          next.alignment = std::min(shape.alignment, next.alignment);
          if (next.pattern != shape.pattern || next.is_exact != shape.is_exact) next = Shape::varying();
        }
        if (next.is_patterned() && !fits(*next.pattern, instruction.getType())) next = Shape::varying();
        has_changed |= next != shape;
        shapes_[&instruction] = next;
      }
    }
  }
}

Shape Shapes::of(const llvm::Value* value) const {
  if (!llvm::isa<llvm::Instruction>(value)) return Shape::uniform();
  return shapes_.lookup(value);
}

Shape Shapes::patterned(const LanePattern& pattern, unsigned alignment, bool is_exact) {
  const auto [least, greatest] = pattern.range();
  if (least < -kLargestOffset || greatest > kLargestOffset || pattern.classes().size() > kMostClasses)
    return Shape::varying();
  // All offsets being zero need not mean that the lanes are known to agree.
  return {Shape::Kind::Patterned, &*patterns_.insert(pattern).first, std::min(alignment, Shape::kZero), is_exact};
}

bool Shapes::never_wraps(const llvm::Value* value) const {
  const llvm::StringRef name = input_name(value);
  if (!name.empty() && (name == kSimdLane || !name.starts_with(kSimdPrefix))) return true;
  const Shape shape = of(value);
  if (!shape.differs_in_low_bits()) return false;
  // Neither does the sign change.
  return shape.pattern->range().second < std::int64_t{1} << std::min(value->getType()->getIntegerBitWidth() - 1, 62u);
}

unsigned Shapes::alignment(const llvm::Value* value) const {
  const Shape shape = of(value);
  if (!shape.is_uniform()) return shape.alignment;
  if (!value->getType()->isIntegerTy()) return 0;
  const llvm::KnownBits bits = llvm::computeKnownBits(value, layout_of_data_);
  return bits.isZero() ? Shape::kZero : bits.countMinTrailingZeros();
}

Shape Shapes::compute(const llvm::Instruction& instruction) {
  if (const auto* variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction))
    return patterned(LanePattern::strided(static_cast<std::int64_t>(arrays_.lane_stride(variable))), 0, true);
  if (uniformity_.isUniform(&instruction)) return Shape::uniform();
  if (!instruction.getType()->isIntegerTy() && !instruction.getType()->isPointerTy()) return Shape::varying();
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) return of_call(*call);
  if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(&instruction)) return of_phi(*phi);
  if (const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction)) return of_address(*address);
  if (const auto* cast = llvm::dyn_cast<llvm::CastInst>(&instruction)) return of_cast(*cast);
  if (const auto* operation = llvm::dyn_cast<llvm::BinaryOperator>(&instruction)) return of_binary(*operation);
  if (llvm::isa<llvm::FreezeInst>(instruction)) return of(instruction.getOperand(0));
  return Shape::varying();
}

Shape Shapes::of_binary(const llvm::BinaryOperator& operation) {
  switch (operation.getOpcode()) {
    case llvm::Instruction::Add:
      return of_sum(operation, 1);
    case llvm::Instruction::Sub:
      return of_sum(operation, -1);
    case llvm::Instruction::Mul:
      return of_product(operation);
    case llvm::Instruction::Or:
      if (llvm::cast<llvm::PossiblyDisjointInst>(operation).isDisjoint()) return of_sum(operation, 1);
      break;
    default:
      break;
  }
  if (operation.getType()->getIntegerBitWidth() > 64) return Shape::varying();
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(operation.getOperand(1));
  if (constant != nullptr) return of_bits(operation, constant->getValue());
  // A mask that the running code may find to cover the low bits.
  if (operation.getOpcode() == llvm::Instruction::And)
    for (unsigned i = 0; i < 2; ++i)
      if (of(operation.getOperand(i)).is_uniform()) return of_mask(operation.getOperand(1 - i));
  return Shape::varying();
}

Shape Shapes::of_mask(const llvm::Value* value) {
  const Shape shape = of(value);
  const std::optional<unsigned> bits = shape.low_bits();
  if (!shape.is_patterned()) return shape;
  return bits && *bits <= kMostTestedBits ? patterned(*shape.pattern, *bits, false) : Shape::varying();
}

Shape Shapes::of_sum(const llvm::BinaryOperator& sum, int sign) {
  const Shape shapes[2] = {of(sum.getOperand(0)), of(sum.getOperand(1))};
  if (shapes[0].is_varying() || shapes[1].is_varying()) return Shape::varying();
  LanePattern patterns[2];
  for (unsigned i = 0; i < 2; ++i) {
    if (shapes[i].kind == Shape::Kind::Unknown) return {};
    if (shapes[i].is_patterned()) patterns[i] = *shapes[i].pattern;
  }
  return patterned(patterns[0].combined(patterns[1], sign),
                   std::min(alignment(sum.getOperand(0)), alignment(sum.getOperand(1))),
                   shapes[0].is_exact && shapes[1].is_exact);
}

Shape Shapes::of_product(const llvm::BinaryOperator& product) {
  const llvm::Value* value = product.getOperand(0);
  const llvm::Value* factor = product.getOperand(1);
  if (of(value).is_uniform()) std::swap(value, factor);
  const Shape shape = of(value);
  if (shape.kind == Shape::Kind::Unknown || of(factor).kind == Shape::Kind::Unknown) return {};
  if (!shape.is_patterned() || !of(factor).is_uniform()) return Shape::varying();
  const unsigned alignment = shape.alignment + this->alignment(factor);
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(factor);
  if (constant == nullptr) return patterned(shape.pattern->split(), alignment, shape.is_exact);
  if (constant->getValue().getSignificantBits() > 30) return Shape::varying();
  return patterned(shape.pattern->scaled(constant->getSExtValue()), alignment, shape.is_exact);
}

/// Operations on bits that a constant chooses.
Shape Shapes::of_bits(const llvm::BinaryOperator& operation, const llvm::APInt& constant) {
  const Shape shape = of(operation.getOperand(0));
  if (!shape.is_patterned()) return shape.is_uniform() ? Shape::varying() : shape;
  const bool is_shift = operation.isShift();
  if (is_shift && constant.uge(operation.getType()->getIntegerBitWidth())) return Shape::varying();
  const auto amount = static_cast<unsigned>(constant.getLimitedValue(Shape::kZero));
  if (operation.getOpcode() == llvm::Instruction::Shl)
    return amount > 29
               ? Shape::varying()
               : patterned(shape.pattern->scaled(std::int64_t{1} << amount), shape.alignment + amount, shape.is_exact);
  // What is not known of lane 0's low bits is left to the running code.
  const std::optional<unsigned> needed = shape.low_bits();
  if (!needed || (*needed > shape.alignment && *needed > kMostTestedBits)) return Shape::varying();
  const bool is_exact = shape.is_exact && *needed <= shape.alignment;
  LanePattern pattern = *shape.pattern;
  const std::uint64_t mask = constant.getZExtValue();
  const unsigned low = std::max(*needed, shape.alignment);
  const bool chooses_low_bits = low >= Shape::kZero || mask >> low == 0;
  unsigned alignment = low;
  switch (operation.getOpcode()) {
    case llvm::Instruction::LShr:
    case llvm::Instruction::AShr:
      for (std::int64_t& offset : pattern.offsets) offset >>= amount;
      if (low < Shape::kZero) alignment = low > amount ? low - amount : 0;
      break;
    case llvm::Instruction::And:
      for (std::int64_t& offset : pattern.offsets) offset &= static_cast<std::int64_t>(mask);
      if (chooses_low_bits) alignment = Shape::kZero;
      break;
    case llvm::Instruction::Xor:
      if (!chooses_low_bits) return Shape::varying();
      for (std::int64_t& offset : pattern.offsets)
        offset = (offset ^ static_cast<std::int64_t>(mask)) - static_cast<std::int64_t>(mask);
      alignment = std::min(low, static_cast<unsigned>(std::countr_zero(mask)));
      break;
    default:
      return Shape::varying();
  }
  return patterned(pattern, alignment, is_exact);
}

Shape Shapes::of_cast(const llvm::CastInst& cast) {
  const llvm::Value* value = cast.getOperand(0);
  const Shape from = of(value);
  if (!from.is_patterned()) return from.is_uniform() ? Shape::varying() : from;
  const llvm::Type* type = cast.getType();
  switch (cast.getOpcode()) {
    case llvm::Instruction::Trunc:
      return type->isIntegerTy(1) ? Shape::varying() : from;
    case llvm::Instruction::ZExt:
    case llvm::Instruction::SExt: {
      if (never_wraps(value)) return from;
      const auto [least, greatest] = from.pattern->range();
      const unsigned bits = value->getType()->getIntegerBitWidth();
      if (!llvm::isUIntN(bits, greatest) || !llvm::isUIntN(bits, -least)) return Shape::varying();
      return patterned(*from.pattern, from.alignment, false);
    }
    case llvm::Instruction::PtrToInt:
    case llvm::Instruction::IntToPtr:
      return layout_of_data_.getTypeSizeInBits(value->getType()) ==
                     layout_of_data_.getTypeSizeInBits(const_cast<llvm::Type*>(type))
                 ? from
                 : Shape::varying();
    case llvm::Instruction::AddrSpaceCast:
      return from;
    default:
      return Shape::varying();
  }
}

Shape Shapes::of_call(const llvm::CallInst& call) {
  const llvm::StringRef name = input_name(&call);
  if (name == kSimdLane || name == kLaneInput) return patterned(LanePattern::strided(1), Shape::kZero, true);
  constexpr unsigned of_simdgroups = std::countr_zero(kSimdgroupWidth);
  if (name == kThreadIndexInput) return patterned(LanePattern::strided(1), of_simdgroups, true);
  if (layout_.short_row != 0 && (name == kThreadPositionInput || name == kGridPositionInput)) {
    // A simdgroup begins with a row.
    const bool is_known = name == kThreadPositionInput;
    const auto of_rows = static_cast<unsigned>(std::countr_zero(kSimdgroupWidth / layout_.short_row));
    if (component(call) == 0)
      return patterned(LanePattern::in_rows(layout_.short_row), is_known ? Shape::kZero : 0, true);
    if (component(call) == 1) return patterned(LanePattern::of_rows(layout_.short_row), is_known ? of_rows : 0, true);
    return Shape::varying();
  }
  if (!layout_.in_rows || component(call) != 0) return Shape::varying();
  if (name == kThreadPositionInput) return patterned(LanePattern::strided(1), of_simdgroups, true);
  if (name == kGridPositionInput) return patterned(LanePattern::strided(1), 0, true);
  return Shape::varying();
}

Shape Shapes::of_phi(const llvm::PHINode& phi) {
  const llvm::Loop* loop = loops_.getLoopFor(phi.getParent());
  const bool is_header = loop != nullptr && loop->getHeader() == phi.getParent();
  // In a loop's header the lanes meet that went round together.
  if (!is_header && divergence_.is_joined(phi.getParent())) return Shape::varying();
  Shape shape;
  for (const llvm::Value* incoming : phi.incoming_values()) {
    Shape next = of(incoming);
    if (next.kind == Shape::Kind::Unknown) continue;
    if (next.is_uniform()) next = patterned(LanePattern(), alignment(incoming), true);
    if (!next.is_patterned() || !next.is_exact || !next.pattern->has_one_class()) return Shape::varying();
    if (shape.kind == Shape::Kind::Unknown) shape = next;
    if (shape.pattern != next.pattern) return Shape::varying();
    shape.alignment = std::min(shape.alignment, next.alignment);
  }
  return shape;
}

Shape Shapes::of_address(const llvm::GetElementPtrInst& address) {
  const Shape shape = of(address.getPointerOperand());
  if (shape.kind == Shape::Kind::Unknown || shape.is_varying()) return shape;
  llvm::SmallMapVector<llvm::Value*, llvm::APInt, 4> variable;
  llvm::APInt constant(layout_of_data_.getIndexTypeSizeInBits(address.getType()), 0);
  if (!llvm::cast<llvm::GEPOperator>(address).collectOffset(layout_of_data_, constant.getBitWidth(), variable,
                                                            constant))
    return Shape::varying();
  const std::int64_t scale = arrays_.element_size(&address) != 0 ? kSimdgroupWidth : 1;
  LanePattern pattern = shape.is_patterned() ? *shape.pattern : LanePattern();
  bool is_exact = shape.is_exact;
  for (const auto& [index, factor] : variable) {
    const Shape of_index = of(index);
    if (of_index.kind == Shape::Kind::Unknown || of_index.is_varying()) return of_index;
    if (of_index.is_uniform()) continue;
    if (index->getType()->getIntegerBitWidth() != constant.getBitWidth() || factor.getSignificantBits() > 25)
      return Shape::varying();
    pattern = pattern.combined(of_index.pattern->scaled(factor.getSExtValue() * scale), 1);
    is_exact &= of_index.is_exact;
  }
  return patterned(pattern, 0, is_exact);
}

}  // namespace pymetal::lowering
