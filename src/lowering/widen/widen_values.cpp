// What stands for a value: one scalar, scalars and a pattern, or a vector.
#include <algorithm>

#include "llvm/IR/Constants.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"
#include "lowering/input_ranges.h"
#include "lowering/intrinsics.h"
#include "lowering/widen/widener.h"
#include "pymetal/error.h"

namespace pymetal::lowering {

/// A short vector of the thread becomes one long one, lane after lane; a structure one of vectors.
llvm::Type* Widener::wide_type(llvm::Type* type) const {
  if (auto* structure = llvm::dyn_cast<llvm::StructType>(type)) {
    llvm::SmallVector<llvm::Type*, 2> elements;
    for (llvm::Type* element : structure->elements()) elements.push_back(wide_type(element));
    return llvm::StructType::get(context_, elements);
  }
  if (auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type))
    return llvm::FixedVectorType::get(vector->getElementType(), vector->getNumElements() * kSimdgroupWidth);
  if (!llvm::VectorType::isValidElementType(type)) {
    std::string text;
    llvm::raw_string_ostream(text) << *type;
    throw PipelineError("The kernel computes with a type that lanes cannot hold (" + text + ").");
  }
  return llvm::FixedVectorType::get(type, kSimdgroupWidth);
}

llvm::Value* Widener::scalar(llvm::Value* value) {
  if (!llvm::isa<llvm::Instruction>(value)) return value;
  const auto found = values_.find(value);
  if (found == values_.end() || found->second.scalars.empty()) reject(*llvm::cast<llvm::Instruction>(value));
  return found->second.scalars.front();
}

/// The value of one lane, where the value has a pattern or is uniform.
llvm::Value* Widener::at_lane(llvm::Value* value, unsigned lane) {
  const Shape shape = shapes_.of(value);
  if (!shape.is_patterned()) return scalar(value);
  const std::vector<unsigned> classes = shape.pattern->classes();
  const auto of_class = std::ranges::find(classes, shape.pattern->leaders[lane]) - classes.begin();
  return add_offset(values_.find(value)->second.scalars[static_cast<unsigned>(of_class)], shape.pattern->offsets[lane]);
}

llvm::Value* Widener::add_offset(llvm::Value* value, std::int64_t offset) {
  if (offset == 0) return value;
  if (value->getType()->isPointerTy())
    return builder_.CreateGEP(builder_.getInt8Ty(), value, builder_.getInt64(static_cast<std::uint64_t>(offset)));
  return builder_.CreateAdd(value, llvm::ConstantInt::getSigned(value->getType(), offset, /*ImplicitTrunc=*/true));
}

llvm::Constant* Widener::lane_numbers(llvm::Type* type, const LanePattern& pattern) const {
  llvm::SmallVector<llvm::Constant*, kSimdgroupWidth> lanes;
  for (const std::int64_t offset : pattern.offsets)
    lanes.push_back(llvm::ConstantInt::getSigned(type, offset, /*ImplicitTrunc=*/true));
  return llvm::ConstantVector::get(lanes);
}

llvm::Value* Widener::splat(llvm::Value* value) {
  if (auto* structure = llvm::dyn_cast<llvm::StructType>(value->getType())) {
    llvm::Value* result = llvm::PoisonValue::get(wide_type(structure));
    for (unsigned i = 0; i < structure->getNumElements(); ++i)
      result = builder_.CreateInsertValue(result, splat(builder_.CreateExtractValue(value, i)), i);
    return result;
  }
  if (auto* type = llvm::dyn_cast<llvm::FixedVectorType>(value->getType())) {
    llvm::SmallVector<int, 128> lanes;
    for (unsigned i = 0; i < type->getNumElements() * kSimdgroupWidth; ++i)
      lanes.push_back(static_cast<int>(i % type->getNumElements()));
    return builder_.CreateShuffleVector(value, lanes);
  }
  return builder_.CreateVectorSplat(kSimdgroupWidth, value);
}

/// The values of all lanes, which are in one class.
llvm::Value* Widener::add_pattern(llvm::Value* base, const LanePattern& pattern) {
  if (base->getType()->isPointerTy())
    return builder_.CreateGEP(builder_.getInt8Ty(), base, lane_numbers(builder_.getInt64Ty(), pattern));
  return builder_.CreateAdd(splat(base), lane_numbers(base->getType(), pattern));
}

llvm::Value* Widener::vector(llvm::Value* value) {
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr) return splat(value);
  Wide& wide = values_[value];
  if (wide.vector != nullptr) return wide.vector;
  if (wide.scalars.empty()) reject(*instruction);
  const Shape shape = shapes_.of(value);
  // What only rare code needs is computed there, and nowhere else.
  if (is_rare_ && shape.is_patterned() && !shape.is_exact) return widen(*instruction);
  // Behind the scalars, so that every later use may share it.
  const llvm::IRBuilderBase::InsertPointGuard guard(builder_);
  llvm::Value* base = wide.scalars.back();
  if (auto* source = llvm::dyn_cast<llvm::Instruction>(base))
    builder_.SetInsertPoint(source->getParent(), llvm::isa<llvm::PHINode>(source)
                                                     ? source->getParent()->getFirstInsertionPt()
                                                     : std::next(source->getIterator()));
  else
    builder_.SetInsertPoint(entry_, entry_->getFirstNonPHIOrDbgOrAlloca());
  llvm::Value* result = nullptr;
  if (shape.is_uniform())
    result = splat(base);
  else if (shape.is_exact && shape.pattern->has_one_class())
    result = add_pattern(base, *shape.pattern);
  else
    result = widen(*instruction);  // From the vectors of its operands.
  return values_[value].vector = result;
}

/// Whether the patterns of all values hold, or null where nothing can keep them from it.
llvm::Value* Widener::patterns_hold(llvm::ArrayRef<llvm::Value*> values) {
  llvm::Value* result = nullptr;
  for (llvm::Value* value : values) {
    llvm::Value* condition = values_.lookup(value).holds;
    if (condition == nullptr || condition == result) continue;
    result = result == nullptr ? condition : builder_.CreateAnd(result, condition);
  }
  return result;
}

void Widener::set(llvm::Instruction& instruction, llvm::Value* value) { values_[&instruction].vector = value; }

void Widener::set_scalar(llvm::Instruction& instruction, llvm::Value* scalar) {
  values_[&instruction] = {{scalar}, nullptr, nullptr};
}

/// Repeats each lane of a mask for `count` elements of a longer vector; `length` cuts the last lane's.
llvm::Value* Widener::spread(llvm::Value* mask, unsigned count, unsigned length) {
  llvm::SmallVector<int, 256> lanes;
  for (unsigned i = 0; i < length; ++i) lanes.push_back(static_cast<int>(i / count));
  return builder_.CreateShuffleVector(mask, lanes);
}

/// Memory of this call of the function.
llvm::AllocaInst* Widener::make_room(llvm::Type* type, const llvm::Twine& name, llvm::MaybeAlign alignment) {
  const llvm::IRBuilderBase::InsertPointGuard guard(builder_);
  builder_.SetInsertPoint(entry_, entry_->begin());
  llvm::AllocaInst* room = builder_.CreateAlloca(type, nullptr, name);
  if (alignment) room->setAlignment(*alignment);
  return room;
}

/// A block of the loop that is being written, behind `before` or the one being written.
llvm::BasicBlock* Widener::new_block(const llvm::Twine& name, llvm::BasicBlock* before) {
  if (before == nullptr) before = builder_.GetInsertBlock();
  auto* block = llvm::BasicBlock::Create(context_, name, &simdgroup_, before->getNextNode());
  loop_of_[block] = current_loop_;
  return block;
}

/// Calls for an input that never changes while the simdgroup runs.
llvm::Value* Widener::input(llvm::StringRef name, llvm::Type* type, llvm::ArrayRef<llvm::Value*> arguments) {
  llvm::SmallVector<llvm::Type*, 1> types(arguments.size(), builder_.getInt32Ty());
  llvm::FunctionCallee function = module_.getOrInsertFunction(name, llvm::FunctionType::get(type, types, false));
  auto* declared = llvm::cast<llvm::Function>(function.getCallee());
  declared->setDoesNotAccessMemory();
  declared->setDoesNotThrow();
  declared->setWillReturn();
  declared->addFnAttr(llvm::Attribute::Speculatable);
  promise_range(*declared);
  return builder_.CreateCall(function, arguments);
}

llvm::Value* Widener::mask_bits(llvm::Value* mask) {
  return builder_.CreateBitCast(mask, builder_.getIntNTy(kSimdgroupWidth));
}

llvm::Value* Widener::any(llvm::Value* mask) {
  return builder_.CreateICmpNE(mask_bits(mask), builder_.getIntN(kSimdgroupWidth, 0));
}

llvm::Value* Widener::is_all_on() {
  return builder_.CreateICmpEQ(mask_bits(mask_), llvm::Constant::getAllOnesValue(builder_.getIntNTy(kSimdgroupWidth)));
}

bool Widener::is_full(llvm::Value* mask) const {
  const auto* constant = llvm::dyn_cast<llvm::Constant>(mask);
  return constant != nullptr && constant->isAllOnesValue();
}

void Widener::reject(const llvm::Instruction& instruction) const {
  std::string text;
  llvm::raw_string_ostream(text) << instruction;
  throw PipelineError("The kernel holds an operation that has no meaning on a simdgroup (" + text + ").");
}

}  // namespace pymetal::lowering
