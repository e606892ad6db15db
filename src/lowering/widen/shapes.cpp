// How each value of a kernel differs from lane to lane.
#include "lowering/widen/shapes.h"

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {
namespace {

/// Beyond it, 31 strides might wrap around by themselves.
constexpr std::int64_t kLargestStride = 1 << 24;

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

}  // namespace

Shape Shape::strided(std::int64_t stride, bool is_exact) {
  if (stride > kLargestStride || stride < -kLargestStride) return varying();
  // A stride of zero need not mean that the lanes are known to agree.
  return {Kind::Strided, stride, is_exact};
}

Shapes::Shapes(llvm::Function& kernel, const llvm::UniformityInfo& uniformity, const Divergence& divergence,
               const llvm::LoopInfo& loops, const PrivateArrays& arrays, ThreadLayout layout)
    : uniformity_(uniformity), divergence_(divergence), loops_(loops), arrays_(arrays), layout_(layout) {
  const llvm::ReversePostOrderTraversal<llvm::Function*> blocks(&kernel);
  // Shapes only ever grow from Unknown over Strided to Varying, so this ends.
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (const llvm::BasicBlock* block : blocks) {
      for (const llvm::Instruction& instruction : *block) {
        Shape& shape = shapes_[&instruction];
        if (shape.is_varying()) continue;
        Shape next = compute(instruction);
        if (shape.is_strided() && next != shape && !next.is_varying()) next = Shape::varying();
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

bool Shapes::never_wraps(const llvm::Value* value) {
  const llvm::StringRef name = input_name(value);
  return !name.empty() && !name.starts_with(kSimdPrefix);
}

Shape Shapes::compute(const llvm::Instruction& instruction) const {
  if (const auto* variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction))
    return Shape::strided(static_cast<std::int64_t>(arrays_.lane_stride(variable)), true);
  if (uniformity_.isUniform(&instruction)) return Shape::uniform();
  if (!instruction.getType()->isIntegerTy() && !instruction.getType()->isPointerTy()) return Shape::varying();

  const auto operand = [&](unsigned i) { return of(instruction.getOperand(i)); };
  const auto scaled = [&](const Shape& shape, std::int64_t factor) {
    if (shape.kind == Shape::Kind::Unknown || shape.is_varying()) return shape;
    if (factor > kLargestStride || factor < -kLargestStride) return Shape::varying();
    return Shape::strided(shape.stride * factor, shape.is_exact);
  };
  const auto combined = [&](int sign) {
    const Shape a = operand(0);
    const Shape b = operand(1);
    if (a.is_varying() || b.is_varying()) return Shape::varying();
    if (a.kind == Shape::Kind::Unknown || b.kind == Shape::Kind::Unknown) return Shape{};
    return Shape::strided(a.stride + sign * b.stride, a.is_exact && b.is_exact);
  };
  switch (instruction.getOpcode()) {
    case llvm::Instruction::Call:
      return of_call(llvm::cast<llvm::CallInst>(instruction));
    case llvm::Instruction::PHI:
      return of_phi(llvm::cast<llvm::PHINode>(instruction));
    case llvm::Instruction::GetElementPtr:
      return of_address(llvm::cast<llvm::GetElementPtrInst>(instruction));
    case llvm::Instruction::Add:
      return combined(1);
    case llvm::Instruction::Sub:
      return combined(-1);
    case llvm::Instruction::Or:
      return llvm::cast<llvm::PossiblyDisjointInst>(instruction).isDisjoint() ? combined(1) : Shape::varying();
    case llvm::Instruction::Mul:
      if (const auto* factor = llvm::dyn_cast<llvm::ConstantInt>(instruction.getOperand(1));
          factor && factor->getValue().getSignificantBits() <= 32)
        return scaled(operand(0), factor->getSExtValue());
      return Shape::varying();
    case llvm::Instruction::Shl:
      if (const auto* bits = llvm::dyn_cast<llvm::ConstantInt>(instruction.getOperand(1));
          bits && bits->getValue().ult(24))
        return scaled(operand(0), std::int64_t{1} << bits->getZExtValue());
      return Shape::varying();
    case llvm::Instruction::Trunc: {
      // Fewer bits hold the same stride only while it fits.
      const Shape from = operand(0);
      if (from.is_strided() && !llvm::isIntN(instruction.getType()->getIntegerBitWidth(), from.stride))
        return Shape::varying();
      return instruction.getType()->isIntegerTy(1) ? Shape::varying() : from;
    }
    case llvm::Instruction::ZExt:
    case llvm::Instruction::SExt: {
      const Shape from = operand(0);
      if (!from.is_strided()) return from;
      return Shape::strided(from.stride, from.is_exact && never_wraps(instruction.getOperand(0)));
    }
    case llvm::Instruction::PtrToInt:
    case llvm::Instruction::IntToPtr: {
      const llvm::DataLayout& layout = instruction.getDataLayout();
      const llvm::Type* from = instruction.getOperand(0)->getType();
      return layout.getTypeSizeInBits(const_cast<llvm::Type*>(from)) == layout.getTypeSizeInBits(instruction.getType())
                 ? operand(0)
                 : Shape::varying();
    }
    case llvm::Instruction::AddrSpaceCast:
    case llvm::Instruction::Freeze:
      return operand(0);
    default:
      return Shape::varying();
  }
}

Shape Shapes::of_call(const llvm::CallInst& call) const {
  const llvm::StringRef name = input_name(&call);
  if (name == kSimdLane || name == kLaneInput || name == kThreadIndexInput) return Shape::strided(1, true);
  if (layout_.in_rows && (name == kGridPositionInput || name == kThreadPositionInput) && component(call) == 0)
    return Shape::strided(1, true);
  return Shape::varying();
}

Shape Shapes::of_phi(const llvm::PHINode& phi) const {
  const llvm::Loop* loop = loops_.getLoopFor(phi.getParent());
  const bool is_header = loop != nullptr && loop->getHeader() == phi.getParent();
  // In a loop's header the lanes meet that went round together.
  if (!is_header && divergence_.is_joined(phi.getParent())) return Shape::varying();
  Shape shape;
  for (const llvm::Value* incoming : phi.incoming_values()) {
    Shape next = of(incoming);
    if (next.kind == Shape::Kind::Unknown) continue;
    if (next.is_uniform()) next = Shape::strided(0, true);
    if (!next.is_strided() || !next.is_exact) return Shape::varying();
    if (shape.kind != Shape::Kind::Unknown && shape != next) return Shape::varying();
    shape = next;
  }
  return shape;
}

Shape Shapes::of_address(const llvm::GetElementPtrInst& address) const {
  const llvm::DataLayout& layout = address.getDataLayout();
  Shape shape = of(address.getPointerOperand());
  if (shape.kind == Shape::Kind::Unknown || shape.is_varying()) return shape;
  llvm::SmallMapVector<llvm::Value*, llvm::APInt, 4> variable;
  llvm::APInt constant(layout.getIndexTypeSizeInBits(address.getType()), 0);
  if (!llvm::cast<llvm::GEPOperator>(address).collectOffset(layout, constant.getBitWidth(), variable, constant))
    return Shape::varying();
  const std::int64_t scale = arrays_.element_size(&address) != 0 ? kSimdgroupWidth : 1;
  std::int64_t stride = shape.stride;
  bool is_exact = shape.is_exact;
  for (const auto& [index, factor] : variable) {
    const Shape of_index = of(index);
    if (of_index.kind == Shape::Kind::Unknown || of_index.is_varying()) return of_index;
    if (of_index.is_uniform()) continue;
    if (index->getType()->getIntegerBitWidth() != constant.getBitWidth() || factor.getSignificantBits() > 25)
      return Shape::varying();
    stride += of_index.stride * factor.getSExtValue() * scale;
    is_exact &= of_index.is_exact;
  }
  return Shape::strided(stride, is_exact);
}

}  // namespace pymetal::lowering
