// Widens what only computes: arithmetic, conversions, comparisons, addresses, and calls.
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/Analysis/VectorUtils.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "lowering/intrinsics.h"
#include "lowering/widen/widener.h"

namespace pymetal::lowering {
namespace {

/// The bits of a quotient that a double computes without error: |a / b| differs from a whole number by at least
/// 1 / |b|, which is more than the rounding of 53 bits hides.
constexpr unsigned kExactQuotientBits = 32;

/// Value is that of one lane, which may be off: what is promised for the lanes that are on does not hold for it.
llvm::Value* without_promises(llvm::Value* value) {
  if (auto* instruction = llvm::dyn_cast<llvm::Instruction>(value)) instruction->dropPoisonGeneratingFlags();
  return value;
}

}  // namespace

void Widener::emit(llvm::Instruction& instruction) {
  if (auto* variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction)) return emit_alloca(*variable);
  if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) return emit_load(*load);
  if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) return emit_store(*store);
  if (instruction.isAtomic() && !llvm::isa<llvm::FenceInst>(instruction)) return emit_atomic(instruction);
  if (auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) return emit_call(*call);
  const Shape shape = shapes_.of(&instruction);
  if (shape.is_uniform() || llvm::isa<llvm::FenceInst>(instruction)) return emit_uniform(instruction);
  if (shape.is_patterned()) return emit_patterned(instruction);
  set(instruction, widen(instruction));
}

void Widener::emit_uniform(llvm::Instruction& instruction) {
  llvm::Instruction* clone = instruction.clone();
  clone->dropUnknownNonDebugMetadata();
  for (llvm::Use& operand : clone->operands()) operand.set(scalar(operand));
  builder_.Insert(clone, instruction.getName());
  set_scalar(instruction, clone);
}

/// Computes the values of the classes' leaders by the same operation.
void Widener::emit_patterned(llvm::Instruction& instruction) {
  const Shape shape = shapes_.of(&instruction);
  llvm::SmallVector<llvm::Value*, 4> operands(instruction.operands());
  Wide wide;
  wide.holds = patterns_hold(operands);
  auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction);
  for (const unsigned leader : shape.pattern->classes()) {
    if (address != nullptr) {
      wide.scalars.push_back(widen_address(*address, leader));
      continue;
    }
    llvm::Instruction* clone = instruction.clone();
    clone->dropUnknownNonDebugMetadata();
    for (llvm::Use& operand : clone->operands()) operand.set(at_lane(operand, leader));
    wide.scalars.push_back(without_promises(builder_.Insert(clone, instruction.getName())));
  }
  llvm::Value* holds = nullptr;
  if (llvm::isa<llvm::ZExtInst, llvm::SExtInst>(instruction) && !shapes_.never_wraps(instruction.getOperand(0)))
    holds = does_not_wrap(llvm::cast<llvm::CastInst>(instruction));
  else if (auto* operation = llvm::dyn_cast<llvm::BinaryOperator>(&instruction);
           operation != nullptr && (operation->isBitwiseLogicOp() || operation->isShift()))
    holds = is_aligned(*operation);
  if (holds != nullptr) wide.holds = wide.holds == nullptr ? holds : builder_.CreateAnd(wide.holds, holds);
  values_[&instruction] = std::move(wide);
}

/// Whether no lane's value lies beyond what its type holds, nor would if steps were added to it, which the outermost
/// lanes of each class tell.
llvm::Value* Widener::does_not_wrap(llvm::CastInst& extension, std::int64_t least_step, std::int64_t greatest_step) {
  llvm::Value* value = extension.getOperand(0);
  const bool is_signed = llvm::isa<llvm::SExtInst>(extension);
  const Shape shape = shapes_.of(value);
  const LanePattern pattern = shape.is_patterned() ? *shape.pattern : LanePattern();
  llvm::Value* result = nullptr;
  const auto test = [&](llvm::Value* leader, std::int64_t span, llvm::Intrinsic::ID operation) {
    if (span == 0) return;
    llvm::Value* last = builder_.CreateBinaryIntrinsic(
        operation, leader, llvm::ConstantInt::get(leader->getType(), static_cast<std::uint64_t>(span)));
    llvm::Value* fits = builder_.CreateNot(builder_.CreateExtractValue(last, 1));
    result = result == nullptr ? fits : builder_.CreateAnd(result, fits);
  };
  for (const unsigned leader : pattern.classes()) {
    const auto [least, greatest] = pattern.range_of_class(leader);
    llvm::Value* base = at_lane(value, leader);
    test(base, greatest + greatest_step,
         is_signed ? llvm::Intrinsic::sadd_with_overflow : llvm::Intrinsic::uadd_with_overflow);
    test(base, -least - least_step,
         is_signed ? llvm::Intrinsic::ssub_with_overflow : llvm::Intrinsic::usub_with_overflow);
  }
  return result;
}

/// Whether low bits are such that an operation on bits keeps a pattern, or null where that is known.
llvm::Value* Widener::is_aligned(llvm::BinaryOperator& operation) {
  if (operation.getOpcode() == llvm::Instruction::Shl) return nullptr;
  if (const auto* sum = llvm::dyn_cast<llvm::PossiblyDisjointInst>(&operation); sum != nullptr && sum->isDisjoint())
    return nullptr;
  llvm::Value* value = operation.getOperand(0);
  llvm::Value* mask = operation.getOperand(1);
  if (shapes_.of(value).is_uniform()) std::swap(value, mask);
  const Shape shape = shapes_.of(value);
  llvm::Value* low = llvm::ConstantInt::get(value->getType(), (std::uint64_t{1} << *shape.low_bits()) - 1);
  llvm::Value* holds = nullptr;
  if (!shape.differs_in_low_bits())
    holds = builder_.CreateICmpEQ(builder_.CreateAnd(scalar(value), low), llvm::Constant::getNullValue(low->getType()));
  if (llvm::isa<llvm::Constant>(mask)) return holds;
  llvm::Value* covers = builder_.CreateICmpEQ(builder_.CreateAnd(scalar(mask), low), low);
  return holds == nullptr ? covers : builder_.CreateAnd(holds, covers);
}

llvm::Value* Widener::widen(llvm::Instruction& instruction) {
  if (auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction))
    return widen_address(*address, std::nullopt);
  bool has_short_vectors = instruction.getType()->isVectorTy();
  for (const llvm::Value* operand : instruction.operands()) has_short_vectors |= operand->getType()->isVectorTy();
  if (has_short_vectors) {
    if (llvm::Value* result = widen_short_vector(instruction)) return result;
  }
  const auto keep_flags = [&](llvm::Value* value) {
    if (auto* written = llvm::dyn_cast<llvm::Instruction>(value)) written->copyIRFlags(&instruction);
    return value;
  };
  const auto operand = [&](unsigned i) { return vector(instruction.getOperand(i)); };
  if (auto* cast = llvm::dyn_cast<llvm::CastInst>(&instruction))
    return keep_flags(builder_.CreateCast(cast->getOpcode(), operand(0), wide_type(cast->getType())));
  if (auto* compare = llvm::dyn_cast<llvm::CmpInst>(&instruction))
    return keep_flags(builder_.CreateCmp(compare->getPredicate(), operand(0), operand(1)));
  if (auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(&instruction)) {
    if (binary->isIntDivRem()) return widen_division(*binary);
    return keep_flags(builder_.CreateBinOp(binary->getOpcode(), operand(0), operand(1)));
  }
  if (auto* unary = llvm::dyn_cast<llvm::UnaryOperator>(&instruction))
    return keep_flags(builder_.CreateUnOp(unary->getOpcode(), operand(0)));
  if (auto* select = llvm::dyn_cast<llvm::SelectInst>(&instruction)) {
    // One condition for all lanes picks whole vectors.
    llvm::Value* condition = select->getCondition();
    return keep_flags(builder_.CreateSelect(shapes_.of(condition).is_uniform() ? scalar(condition) : vector(condition),
                                            operand(1), operand(2)));
  }
  if (llvm::isa<llvm::FreezeInst>(instruction)) return builder_.CreateFreeze(operand(0));
  if (auto* extract = llvm::dyn_cast<llvm::ExtractValueInst>(&instruction))
    return builder_.CreateExtractValue(operand(0), extract->getIndices());
  if (auto* insert = llvm::dyn_cast<llvm::InsertValueInst>(&instruction))
    return builder_.CreateInsertValue(operand(0), operand(1), insert->getIndices());
  reject(instruction);
}

/// Lanes that are off hold anything, and most CPUs trap on a divisor of zero.
llvm::Value* Widener::widen_division(llvm::BinaryOperator& division) {
  llvm::Value* dividend = builder_.CreateFreeze(vector(division.getOperand(0)));
  llvm::Value* divisor = vector(division.getOperand(1));
  const unsigned bits = division.getType()->getIntegerBitWidth();
  const bool is_signed =
      division.getOpcode() == llvm::Instruction::SDiv || division.getOpcode() == llvm::Instruction::SRem;
  const bool is_remainder =
      division.getOpcode() == llvm::Instruction::SRem || division.getOpcode() == llvm::Instruction::URem;
  if (llvm::isa<llvm::Constant>(division.getOperand(1)))
    return builder_.CreateBinOp(division.getOpcode(), dividend, divisor);
  divisor = builder_.CreateFreeze(divisor);
  llvm::Type* type = divisor->getType();
  llvm::Constant* one = llvm::ConstantInt::get(type, 1);
  divisor = builder_.CreateSelect(builder_.CreateICmpEQ(divisor, llvm::Constant::getNullValue(type)), one, divisor);
  if (bits <= kExactQuotientBits) {
    llvm::Type* real = llvm::FixedVectorType::get(builder_.getDoubleTy(), kSimdgroupWidth);
    const auto to_real = [&](llvm::Value* value) {
      return is_signed ? builder_.CreateSIToFP(value, real) : builder_.CreateUIToFP(value, real);
    };
    llvm::Value* quotient = builder_.CreateFDiv(to_real(dividend), to_real(divisor));
    // The smallest dividend over -1 is one more than its type holds.
    llvm::Type* wider = is_signed ? llvm::FixedVectorType::get(builder_.getInt64Ty(), kSimdgroupWidth) : type;
    quotient = is_signed ? builder_.CreateFPToSI(quotient, wider) : builder_.CreateFPToUI(quotient, wider);
    quotient = builder_.CreateTrunc(quotient, type);
    return is_remainder ? builder_.CreateSub(dividend, builder_.CreateMul(quotient, divisor)) : quotient;
  }
  if (is_signed) {
    llvm::Constant* smallest = llvm::ConstantInt::get(type, llvm::APInt::getSignedMinValue(bits));
    llvm::Value* overflows = builder_.CreateAnd(builder_.CreateICmpEQ(dividend, smallest),
                                                builder_.CreateICmpEQ(divisor, llvm::Constant::getAllOnesValue(type)));
    divisor = builder_.CreateSelect(overflows, one, divisor);
  }
  return builder_.CreateBinOp(division.getOpcode(), dividend, divisor);
}

/// The address of one lane, or those of all.
llvm::Value* Widener::widen_address(llvm::GetElementPtrInst& address, std::optional<unsigned> of_lane) {
  const auto operand = [&](llvm::Value* value) {
    if (of_lane) return at_lane(value, *of_lane);
    return shapes_.of(value).is_uniform() ? scalar(value) : vector(value);
  };
  const std::uint64_t element_size = arrays_.element_size(&address);
  if (element_size == 0) {
    llvm::SmallVector<llvm::Value*, 4> indices;
    for (llvm::Value* index : address.indices()) indices.push_back(operand(index));
    llvm::Value* base = operand(address.getPointerOperand());
    return builder_.CreateGEP(address.getSourceElementType(), base, indices, address.getName());
  }
  // An interleaved array: all offsets grow by the number of lanes.
  llvm::SmallMapVector<llvm::Value*, llvm::APInt, 4> variable;
  const unsigned bits = layout_of_data_.getIndexTypeSizeInBits(address.getType());
  llvm::APInt constant(bits, 0);
  llvm::cast<llvm::GEPOperator>(address).collectOffset(layout_of_data_, bits, variable, constant);
  llvm::Value* result = operand(address.getPointerOperand());
  const auto advance = [&](llvm::Value* offset) { result = builder_.CreateGEP(builder_.getInt8Ty(), result, offset); };
  for (const auto& [index, factor] : variable) {
    llvm::Value* offset = operand(index);
    llvm::Type* type = builder_.getIntNTy(bits);
    if (offset->getType()->isVectorTy()) type = llvm::FixedVectorType::get(type, kSimdgroupWidth);
    offset = builder_.CreateSExtOrTrunc(offset, type);
    advance(builder_.CreateMul(offset, llvm::ConstantInt::get(type, factor * kSimdgroupWidth)));
  }
  if (!constant.isZero()) advance(llvm::ConstantInt::get(context_, constant * kSimdgroupWidth));
  return result;
}

/// What the scalarizer leaves: short vectors that are put together and taken apart to reinterpret their bits.
llvm::Value* Widener::widen_short_vector(llvm::Instruction& instruction) {
  if (llvm::isa<llvm::BitCastInst>(instruction))
    return builder_.CreateBitCast(vector(instruction.getOperand(0)), wide_type(instruction.getType()));
  if (auto* extract = llvm::dyn_cast<llvm::ExtractElementInst>(&instruction)) {
    const auto* index = llvm::dyn_cast<llvm::ConstantInt>(extract->getIndexOperand());
    if (index == nullptr) return nullptr;
    const unsigned count = llvm::cast<llvm::FixedVectorType>(extract->getVectorOperand()->getType())->getNumElements();
    llvm::SmallVector<int, kSimdgroupWidth> lanes;
    for (unsigned i = 0; i < kSimdgroupWidth; ++i) lanes.push_back(static_cast<int>(i * count + index->getZExtValue()));
    return builder_.CreateShuffleVector(vector(extract->getVectorOperand()), lanes);
  }
  if (auto* insert = llvm::dyn_cast<llvm::InsertElementInst>(&instruction)) {
    const auto* index = llvm::dyn_cast<llvm::ConstantInt>(insert->getOperand(2));
    if (index == nullptr) return nullptr;
    const unsigned count = llvm::cast<llvm::FixedVectorType>(insert->getType())->getNumElements();
    llvm::SmallVector<int, 128> spread;
    llvm::SmallVector<int, 128> merged;
    for (unsigned i = 0; i < count * kSimdgroupWidth; ++i) {
      const bool is_inserted = i % count == index->getZExtValue();
      spread.push_back(is_inserted ? static_cast<int>(i / count) : -1);
      merged.push_back(static_cast<int>(is_inserted ? i + count * kSimdgroupWidth : i));
    }
    llvm::Value* element = builder_.CreateShuffleVector(vector(insert->getOperand(1)), spread);
    return builder_.CreateShuffleVector(vector(insert->getOperand(0)), element, merged);
  }
  if (auto* shuffle = llvm::dyn_cast<llvm::ShuffleVectorInst>(&instruction)) {
    const auto from =
        static_cast<int>(llvm::cast<llvm::FixedVectorType>(shuffle->getOperand(0)->getType())->getNumElements());
    llvm::SmallVector<int, 128> lanes;
    for (int lane = 0; lane < static_cast<int>(kSimdgroupWidth); ++lane)
      for (const int source : shuffle->getShuffleMask())
        lanes.push_back(source < 0      ? -1
                        : source < from ? lane * from + source
                                        : static_cast<int>(kSimdgroupWidth) * from + lane * from + source - from);
    return builder_.CreateShuffleVector(vector(shuffle->getOperand(0)), vector(shuffle->getOperand(1)), lanes);
  }
  if (auto* select = llvm::dyn_cast<llvm::SelectInst>(&instruction); select != nullptr &&
                                                                     !select->getCondition()->getType()->isVectorTy() &&
                                                                     !shapes_.of(select->getCondition()).is_uniform()) {
    const unsigned count = llvm::cast<llvm::FixedVectorType>(select->getType())->getNumElements();
    llvm::Value* condition = spread(vector(select->getCondition()), count, count * kSimdgroupWidth);
    return builder_.CreateSelect(condition, vector(select->getTrueValue()), vector(select->getFalseValue()));
  }
  return nullptr;
}

llvm::Value* Widener::widen_intrinsic(llvm::IntrinsicInst& call) {
  const llvm::Intrinsic::ID id = call.getIntrinsicID();
  llvm::SmallVector<llvm::Type*, 2> overloads;
  if (llvm::isVectorIntrinsicWithOverloadTypeAtArg(id, -1, nullptr)) overloads.push_back(wide_type(call.getType()));
  llvm::SmallVector<llvm::Value*, 4> arguments;
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    llvm::Value* argument = call.getArgOperand(i);
    arguments.push_back(llvm::isVectorIntrinsicWithScalarOpAtArg(id, i, nullptr) ? scalar(argument) : vector(argument));
    if (llvm::isVectorIntrinsicWithOverloadTypeAtArg(id, static_cast<int>(i), nullptr))
      overloads.push_back(arguments.back()->getType());
  }
  llvm::CallInst* result =
      builder_.CreateCall(llvm::Intrinsic::getOrInsertDeclaration(&module_, id, overloads), arguments);
  if (llvm::isa<llvm::FPMathOperator>(call)) result->copyFastMathFlags(&call);
  return result;
}

void Widener::emit_call(llvm::CallInst& call) {
  if (auto* intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(&call)) {
    if (intrinsic->isAssumeLikeIntrinsic()) return;
    if (shapes_.of(&call).is_uniform()) return emit_uniform(call);
    const llvm::Intrinsic::ID id = intrinsic->getIntrinsicID();
    if (llvm::isTriviallyVectorizable(id)) return set(call, widen_intrinsic(*intrinsic));
    if (llvm::isa<llvm::WithOverflowInst>(intrinsic))
      return set(call,
                 builder_.CreateBinaryIntrinsic(id, vector(call.getArgOperand(0)), vector(call.getArgOperand(1))));
    return emit_lane_by_lane(call);
  }
  const llvm::Function* callee = call.getCalledFunction();
  if (callee == nullptr) reject(call);
  const llvm::StringRef name = callee->getName();
  if (name == kSimdgroupBarrier) return;  // All lanes are here, and memory keeps the order of the program.
  if (name == kNever) return set_scalar(call, builder_.getFalse());
  if (name.starts_with(kSimdPrefix) && name != kSimdLane) {
    llvm::Value* result = emit_cross_lane(call, name.drop_front(kSimdPrefix.size()));
    if (shapes_.of(&call).is_uniform()) return set_scalar(call, result);
    return set(call, result);
  }
  if (name.starts_with(kFirstLane)) return set_scalar(call, at_lane(call.getArgOperand(0), 0));
  if (name == kThreadgroupBarrier || (name.starts_with(kIntrinsicPrefix) && shapes_.of(&call).is_uniform() &&
                                      name != kGridPositionInput && name != kThreadPositionInput))
    return emit_uniform(call);
  if (name.starts_with(kIntrinsicPrefix) && name != kLog) {
    llvm::Value* result = widen_input(call, name);
    if (shapes_.of(&call).is_varying()) return set(call, result);
    return set_scalar(call, result);
  }
  if (name.starts_with(kApartPrefix) && shapes_.of(&call).is_uniform()) return emit_uniform(call);
  emit_lane_by_lane(call);
}

/// Inputs that differ between lanes.
llvm::Value* Widener::widen_input(llvm::CallInst& call, llvm::StringRef name) {
  llvm::Type* word = builder_.getInt32Ty();
  const auto simdgroup_times = [&](unsigned count) {
    llvm::Value* index = input(kSimdgroupIndexInput, word, {builder_.getInt32(0)});
    return builder_.CreateMul(index, builder_.getInt32(count), "", true, true);
  };
  if (name == kSimdLane || name == kLaneInput) return builder_.getInt32(0);
  if (name == kThreadIndexInput) return simdgroup_times(kSimdgroupWidth);
  if (name == kQuadLaneInput) return builder_.CreateAnd(lane_numbers(word), splat(builder_.getInt32(3)));
  if (name == kQuadIndexInput)
    return builder_.CreateAdd(splat(simdgroup_times(kSimdgroupWidth / 4)),
                              builder_.CreateLShr(lane_numbers(word), splat(builder_.getInt32(2))));
  if (name != kGridPositionInput && name != kThreadPositionInput) reject(call);
  const Shape shape = shapes_.of(&call);
  const bool has_first = layout_.in_rows || (layout_.short_row != 0 && !shape.is_varying());
  if (shape.is_uniform() && !has_first) reject(call);
  llvm::Value* component = scalar(call.getArgOperand(0));
  llvm::Value* position = has_first
                              ? input(kFirstPosition, word, {component})
                              : input(kLanePositions, llvm::FixedVectorType::get(word, kSimdgroupWidth), {component});
  // That low bits are zero is known to shapes, and now to LLVM.
  if (name == kThreadPositionInput) {
    if (!shape.is_patterned()) return position;
    if (shape.alignment >= word->getIntegerBitWidth()) return builder_.getInt32(0);
    return builder_.CreateAnd(position, builder_.getInt32(~0u << shape.alignment));
  }
  llvm::Value* group = input(kThreadgroupPositionInput, word, {component});
  llvm::Value* size = input(kFullThreadgroupSizeInput, word, {component});
  llvm::Value* origin = builder_.CreateMul(group, size, "", true, false);
  return builder_.CreateAdd(position->getType()->isVectorTy() ? splat(origin) : origin, position, "", true, false);
}

}  // namespace pymetal::lowering
