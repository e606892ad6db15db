// Widens the operations between lanes: they are arithmetic inside vectors, under the mask of the lanes that are on.
#include <array>

#include "llvm/ADT/StringSwitch.h"
#include "lowering/intrinsics.h"
#include "lowering/matrix_layout.h"
#include "lowering/widen/widener.h"

namespace pymetal::lowering {
namespace {

/// The lane that holds an element.
int matrix_lane(unsigned row, unsigned column) {
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane)
    if (matrix_row(lane) == row && matrix_column(lane) == (column & ~1u)) return static_cast<int>(lane);
  llvm_unreachable("every element has a lane");
}

}  // namespace

llvm::Value* Widener::emit_cross_lane(llvm::CallInst& call, llvm::StringRef name) {
  const auto [full_operation, type] = name.split('.');
  llvm::StringRef operation = full_operation;
  const bool is_signed = !type.starts_with("u");
  llvm::Type* result_type = call.getType();
  if (operation == "active") return builder_.CreateZExt(mask_bits(mask_), result_type);
  if (operation == "matrix_product") return matrix_product(call);
  llvm::Value* values = vector(call.getArgOperand(0));
  if (operation == "ballot") {
    llvm::Value* votes = builder_.CreateAnd(mask_, builder_.CreateFreeze(values));
    return builder_.CreateZExt(mask_bits(votes), result_type);
  }
  if (operation == "broadcast_first") {
    llvm::Value* first = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, mask_bits(mask_), builder_.getTrue());
    return builder_.CreateExtractElement(values, first);
  }
  if (operation.consume_front("prefix_")) {
    const bool is_exclusive = operation.consume_front("exclusive_");
    operation.consume_front("inclusive_");
    return scan(operation, is_exclusive, values, mask_);
  }
  if (call.arg_size() == 2) return move(operation, values, call.getArgOperand(1));
  return reduce(operation, is_signed, values, mask_);
}

llvm::Constant* Widener::identity(llvm::StringRef operation, bool is_signed, llvm::Type* type) const {
  if (type->isFloatingPointTy()) {
    if (operation == "sum") return llvm::ConstantFP::get(type, 0.0);
    if (operation == "product") return llvm::ConstantFP::get(type, 1.0);
    // What is not a number is passed over by minimum and maximum.
    return llvm::ConstantFP::getNaN(type);
  }
  const unsigned bits = type->getIntegerBitWidth();
  const llvm::APInt value =
      llvm::StringSwitch<llvm::APInt>(operation)
          .Case("product", llvm::APInt(bits, 1))
          .Case("and", llvm::APInt::getAllOnes(bits))
          .Case("min", is_signed ? llvm::APInt::getSignedMaxValue(bits) : llvm::APInt::getMaxValue(bits))
          .Case("max", is_signed ? llvm::APInt::getSignedMinValue(bits) : llvm::APInt(bits, 0))
          .Default(llvm::APInt(bits, 0));
  return llvm::ConstantInt::get(type, value);
}

llvm::Value* Widener::combine(llvm::StringRef operation, bool is_signed, llvm::Value* a, llvm::Value* b) {
  const bool is_float = a->getType()->isFPOrFPVectorTy();
  if (operation == "sum") return is_float ? builder_.CreateFAdd(a, b) : builder_.CreateAdd(a, b);
  if (operation == "product") return is_float ? builder_.CreateFMul(a, b) : builder_.CreateMul(a, b);
  if (operation == "and") return builder_.CreateAnd(a, b);
  if (operation == "or") return builder_.CreateOr(a, b);
  if (operation == "xor") return builder_.CreateXor(a, b);
  const bool is_min = operation == "min";
  if (is_float) return is_min ? builder_.CreateMinNum(a, b) : builder_.CreateMaxNum(a, b);
  const llvm::Intrinsic::ID id = is_signed ? (is_min ? llvm::Intrinsic::smin : llvm::Intrinsic::smax)
                                           : (is_min ? llvm::Intrinsic::umin : llvm::Intrinsic::umax);
  return builder_.CreateBinaryIntrinsic(id, a, b);
}

/// Halves the vector until one value is left.
llvm::Value* Widener::reduce(llvm::StringRef operation, bool is_signed, llvm::Value* values, llvm::Value* mask) {
  llvm::Type* type = values->getType()->getScalarType();
  if (!is_full(mask)) values = builder_.CreateSelect(mask, values, splat(identity(operation, is_signed, type)));
  for (unsigned width = kSimdgroupWidth / 2; width >= 1; width /= 2) {
    llvm::SmallVector<int, kSimdgroupWidth> low;
    llvm::SmallVector<int, kSimdgroupWidth> high;
    for (unsigned i = 0; i < width; ++i) {
      low.push_back(static_cast<int>(i));
      high.push_back(static_cast<int>(i + width));
    }
    values = combine(operation, is_signed, builder_.CreateShuffleVector(values, low),
                     builder_.CreateShuffleVector(values, high));
  }
  return builder_.CreateExtractElement(values, std::uint64_t{0});
}

/// Adds what lies 1, 2, 4 … lanes below.
llvm::Value* Widener::scan(llvm::StringRef operation, bool is_exclusive, llvm::Value* values, llvm::Value* mask) {
  llvm::Value* neutral = splat(identity(operation, true, values->getType()->getScalarType()));
  if (!is_full(mask)) values = builder_.CreateSelect(mask, values, neutral);
  const auto shifted = [&](unsigned distance) {
    llvm::SmallVector<int, kSimdgroupWidth> lanes;
    for (unsigned i = 0; i < kSimdgroupWidth; ++i)
      lanes.push_back(static_cast<int>(i < distance ? kSimdgroupWidth + i : i - distance));
    return builder_.CreateShuffleVector(values, neutral, lanes);
  };
  if (is_exclusive) values = shifted(1);
  for (unsigned distance = 1; distance < kSimdgroupWidth; distance *= 2)
    values = combine(operation, true, shifted(distance), values);
  return values;
}

/// The lane that each lane reads, which may be out of range.
llvm::Value* Widener::source_lanes(llvm::StringRef operation, llvm::Value* operand) {
  llvm::Value* lanes = lane_numbers(builder_.getInt32Ty());
  if (operation == "shuffle_up") return builder_.CreateSub(lanes, operand);
  if (operation == "shuffle_down") return builder_.CreateAdd(lanes, operand);
  if (operation == "shuffle_xor") return builder_.CreateXor(lanes, operand);
  llvm::Value* last = splat(builder_.getInt32(kSimdgroupWidth - 1));
  if (operation == "rotate_up") return builder_.CreateAnd(builder_.CreateSub(lanes, operand), last);
  if (operation == "rotate_down") return builder_.CreateAnd(builder_.CreateAdd(lanes, operand), last);
  return operand;
}

/// A lane that would read one which is off, or out of range, keeps its own value.
llvm::Value* Widener::move(llvm::StringRef operation, llvm::Value* values, llvm::Value* operand) {
  llvm::Value* sources = source_lanes(operation, vector(operand));
  llvm::Value* width = splat(builder_.getInt32(kSimdgroupWidth));
  llvm::Value* is_valid = builder_.CreateICmpULT(sources, width);
  if (!is_full(mask_)) {
    // Shifting by more bits than there are is nothing that may be selected from.
    llvm::Value* in_range = builder_.CreateAnd(sources, splat(builder_.getInt32(kSimdgroupWidth - 1)));
    llvm::Value* bits = builder_.CreateLShr(splat(mask_bits(mask_)), in_range);
    is_valid = builder_.CreateAnd(
        is_valid, builder_.CreateTrunc(bits, llvm::FixedVectorType::get(builder_.getInt1Ty(), kSimdgroupWidth)));
  }
  llvm::Value* moved = nullptr;
  if (operation == "shuffle" && shapes_.of(operand).is_uniform()) {
    llvm::Value* lane = builder_.CreateAnd(scalar(operand), builder_.getInt32(kSimdgroupWidth - 1));
    moved = splat(builder_.CreateExtractElement(values, lane));
  } else {
    moved = permute(values, sources);
  }
  return builder_.CreateSelect(is_valid, moved, values);
}

llvm::Value* Widener::permute(llvm::Value* values, llvm::Value* sources) {
  if (auto* constant = llvm::dyn_cast<llvm::Constant>(sources)) {
    llvm::SmallVector<int, kSimdgroupWidth> lanes;
    for (unsigned i = 0; i < kSimdgroupWidth; ++i) {
      const auto* lane = llvm::dyn_cast_or_null<llvm::ConstantInt>(constant->getAggregateElement(i));
      if (lane == nullptr) break;
      lanes.push_back(static_cast<int>(lane->getZExtValue() & (kSimdgroupWidth - 1)));
    }
    if (lanes.size() == kSimdgroupWidth) return builder_.CreateShuffleVector(values, lanes);
  }
  // Through memory, where any lane can be reached.
  llvm::AllocaInst* room = make_room(values->getType(), "lanes", kRoomAlignment);
  builder_.CreateAlignedStore(values, room, kRoomAlignment);
  llvm::Value* lanes =
      builder_.CreateAnd(builder_.CreateFreeze(sources), splat(builder_.getInt32(kSimdgroupWidth - 1)));
  llvm::Value* addresses = builder_.CreateGEP(values->getType()->getScalarType(), room, lanes);
  return builder_.CreateMaskedGather(values->getType(), addresses,
                                     layout_of_data_.getABITypeAlign(values->getType()->getScalarType()),
                                     splat(builder_.getTrue()));
}

/// One component of a short vector, in all lanes.
llvm::Value* Widener::component(llvm::Value* value, unsigned index) {
  if (auto* insert = llvm::dyn_cast<llvm::InsertElementInst>(value))
    if (const auto* at = llvm::dyn_cast<llvm::ConstantInt>(insert->getOperand(2)))
      return at->equalsInt(index) ? vector(insert->getOperand(1)) : component(insert->getOperand(0), index);
  const unsigned count = llvm::cast<llvm::FixedVectorType>(value->getType())->getNumElements();
  llvm::SmallVector<int, kSimdgroupWidth> lanes;
  for (unsigned i = 0; i < kSimdgroupWidth; ++i) lanes.push_back(static_cast<int>(i * count + index));
  return builder_.CreateShuffleVector(vector(value), lanes);
}

/// A B + C: each lane holds two neighbours of a row. Both sums take one product per column of A and row of B.
llvm::Value* Widener::matrix_product(llvm::CallInst& call) {
  llvm::Value* elements[2][2];
  for (unsigned matrix = 0; matrix < 2; ++matrix)
    for (unsigned i = 0; i < 2; ++i) {
      llvm::Value* values = component(call.getArgOperand(matrix), i);
      if (!is_full(mask_))
        values = builder_.CreateSelect(mask_, values, llvm::Constant::getNullValue(values->getType()));
      elements[matrix][i] = values;
    }
  const llvm::IRBuilderBase::FastMathFlagGuard guard(builder_);
  llvm::FastMathFlags contract;
  contract.setAllowContract(true);
  builder_.setFastMathFlags(contract);
  llvm::Value* sums[2] = {component(call.getArgOperand(2), 0), component(call.getArgOperand(2), 1)};
  for (unsigned k = 0; k < kMatrixSize; ++k) {
    llvm::SmallVector<int, kSimdgroupWidth> of_a;
    llvm::SmallVector<int, kSimdgroupWidth> of_b;
    for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane) {
      of_a.push_back(matrix_lane(matrix_row(lane), k));
      of_b.push_back(matrix_lane(k, matrix_column(lane)));
    }
    llvm::Value* a = builder_.CreateShuffleVector(elements[0][k % 2], of_a);
    for (unsigned i = 0; i < 2; ++i) {
      llvm::Value* product = builder_.CreateFMul(a, builder_.CreateShuffleVector(elements[1][i], of_b));
      sums[i] = builder_.CreateFAdd(sums[i], product);
    }
  }
  llvm::SmallVector<int, 2 * kSimdgroupWidth> pairs;
  for (unsigned i = 0; i < 2 * kSimdgroupWidth; ++i) pairs.push_back(static_cast<int>(i / 2 + i % 2 * kSimdgroupWidth));
  return builder_.CreateShuffleVector(sums[0], sums[1], pairs);
}

}  // namespace pymetal::lowering
