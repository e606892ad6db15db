// What a simdgroup cannot do at once, such as atomic operations at different places: one lane does it after the other.
#include "llvm/Transforms/Utils/LowerAtomic.h"
#include "lowering/intrinsics.h"
#include "lowering/widen/widener.h"

namespace pymetal::lowering {
namespace {

/// The name of the reduction that several atomic operations at one place amount to.
llvm::StringRef reduction_of(llvm::AtomicRMWInst::BinOp operation) {
  switch (operation) {
    case llvm::AtomicRMWInst::Add:
    case llvm::AtomicRMWInst::Sub:
    case llvm::AtomicRMWInst::FAdd:
      return "sum";
    case llvm::AtomicRMWInst::And:
      return "and";
    case llvm::AtomicRMWInst::Or:
      return "or";
    case llvm::AtomicRMWInst::Xor:
      return "xor";
    case llvm::AtomicRMWInst::Min:
    case llvm::AtomicRMWInst::UMin:
      return "min";
    case llvm::AtomicRMWInst::Max:
    case llvm::AtomicRMWInst::UMax:
      return "max";
    default:
      return {};
  }
}

bool is_in_threadgroup_memory(const llvm::Value* pointer) {
  return pointer->getType()->getPointerAddressSpace() == kThreadgroupSpace;
}

/// Whether the operation of a lane is a few plain instructions.
bool is_short(const llvm::Instruction& instruction) {
  return llvm::isa<llvm::AtomicRMWInst, llvm::AtomicCmpXchgInst>(instruction) &&
         is_in_threadgroup_memory(instruction.getOperand(0));
}

}  // namespace

void Widener::emit_atomic(llvm::Instruction& instruction) {
  if (auto* atomic = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction))
    if (llvm::Value* before = aggregate(*atomic)) return set(instruction, before);
  const llvm::Value* pointer = llvm::getLoadStorePointerOperand(&instruction);
  if (pointer != nullptr && shapes_.of(pointer).is_uniform()) {
    if (llvm::isa<llvm::LoadInst>(instruction)) {
      emit_uniform(instruction);
      if (!shapes_.of(&instruction).is_uniform()) set(instruction, splat(scalar(&instruction)));
      return;
    }
    if (shapes_.of(instruction.getOperand(0)).is_uniform()) return emit_uniform(instruction);
  }
  if (!is_short(instruction)) return emit_lane_by_lane(instruction);
  llvm::Value* all_on = is_full(mask_) ? nullptr : is_all_on();
  const auto results = [](llvm::Value* value) { return value == nullptr ? Values() : Values{value}; };
  const Values values = either(
      all_on, [&] { return results(lane_after_lane(instruction)); },
      [&] { return results(lane_by_lane(instruction)); });
  set(instruction, values.empty() ? nullptr : values.front());
}

/// All lanes add to one place: one operation adds their sum. Each lane's result is what it would find if they went in
/// order. Returns null where that cannot be.
llvm::Value* Widener::aggregate(llvm::AtomicRMWInst& atomic) {
  const llvm::StringRef operation = reduction_of(atomic.getOperation());
  if (operation.empty() || !shapes_.of(atomic.getPointerOperand()).is_uniform()) return nullptr;
  const bool is_used = !atomic.use_empty();
  if (is_used && operation != "sum") return nullptr;
  // Sums of floats depend on their order, and a result shows it.
  if (is_used && atomic.getType()->isFloatingPointTy()) return nullptr;
  const bool is_signed =
      atomic.getOperation() == llvm::AtomicRMWInst::Min || atomic.getOperation() == llvm::AtomicRMWInst::Max;
  llvm::Value* values = vector(atomic.getValOperand());
  llvm::Value* total = reduce(operation, is_signed, values, mask_);
  llvm::AtomicRMWInst* combined =
      builder_.CreateAtomicRMW(atomic.getOperation(), scalar(atomic.getPointerOperand()), total, atomic.getAlign(),
                               atomic.getOrdering(), atomic.getSyncScopeID());
  if (!is_used) return llvm::PoisonValue::get(values->getType());
  llvm::Value* before = scan(operation, true, values, mask_);
  llvm::Value* base = splat(combined);
  return atomic.getOperation() == llvm::AtomicRMWInst::Sub ? builder_.CreateSub(base, before)
                                                           : builder_.CreateAdd(base, before);
}

/// The operation of one lane. A threadgroup never leaves its thread of the machine, so that its memory needs no atomic
/// operations.
llvm::Value* Widener::emit_for_lane(llvm::Instruction& instruction, llvm::ArrayRef<llvm::Value*> operands) {
  auto* modify = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction);
  if (modify != nullptr && is_in_threadgroup_memory(operands[0])) {
    llvm::Value* before = builder_.CreateAlignedLoad(modify->getType(), operands[0], modify->getAlign());
    llvm::Value* after = llvm::buildAtomicRMWValue(modify->getOperation(), builder_, before, operands[1]);
    builder_.CreateAlignedStore(after, operands[0], modify->getAlign());
    return before;
  }
  auto* exchange = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&instruction);
  if (exchange != nullptr && is_in_threadgroup_memory(operands[0])) {
    llvm::Value* before = builder_.CreateAlignedLoad(operands[1]->getType(), operands[0], exchange->getAlign());
    llvm::Value* is_equal = builder_.CreateICmpEQ(before, operands[1]);
    builder_.CreateAlignedStore(builder_.CreateSelect(is_equal, operands[2], before), operands[0],
                                exchange->getAlign());
    llvm::Value* result = builder_.CreateInsertValue(llvm::PoisonValue::get(exchange->getType()), before, 0);
    return builder_.CreateInsertValue(result, is_equal, 1);
  }
  llvm::Instruction* clone = instruction.clone();
  clone->dropUnknownNonDebugMetadata();
  for (unsigned i = 0; i < operands.size(); ++i) clone->setOperand(i, operands[i]);
  return builder_.Insert(clone);
}

/// What one lane loaded shortly before, straight from memory; null where that may hold something else by now, or is not
/// in a known place.
llvm::Value* Widener::load_again(llvm::LoadInst& load, unsigned lane, const llvm::Instruction& operation) {
  const Shape address = shapes_.of(load.getPointerOperand());
  const unsigned space = load.getPointerAddressSpace();
  if (!load.isSimple() || load.getParent() != operation.getParent() || !is_full(mask_) || !address.is_patterned() ||
      !address.is_exact || (space != kDeviceSpace && space != kThreadgroupSpace))
    return nullptr;
  const auto keeps = [&](const llvm::Instruction& between) {
    const llvm::Value* pointer = llvm::getLoadStorePointerOperand(&between);
    if (const auto* atomic = llvm::dyn_cast<llvm::AtomicRMWInst>(&between)) pointer = atomic->getPointerOperand();
    if (const auto* exchange = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&between))
      pointer = exchange->getPointerOperand();
    if (!between.mayWriteToMemory()) return true;
    if (pointer == nullptr) return false;
    const unsigned written = pointer->getType()->getPointerAddressSpace();
    return written != space && written != kGenericSpace;
  };
  for (const llvm::Instruction* between = load.getNextNode();; between = between->getNextNode()) {
    if (!keeps(*between)) return nullptr;
    if (between == &operation) break;
  }
  return builder_.CreateAlignedLoad(load.getType(), at_lane(load.getPointerOperand(), lane), load.getAlign());
}

/// The value of one lane, when lanes are asked for in order. Addresses are computed anew from their indices. Integers
/// leave their vector through memory, by words that are then shifted: processors take them out of registers slowly.
llvm::Value* Widener::of_lane(llvm::Value* value, unsigned lane, LaneOperands& operands) {
  const Shape shape = shapes_.of(value);
  if (shape.is_uniform() || (shape.is_patterned() && shape.is_exact)) return at_lane(value, lane);
  if (auto* load = llvm::dyn_cast<llvm::LoadInst>(value))
    if (llvm::Value* element = load_again(*load, lane, operands.operation)) return element;
  if (auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(value);
      address != nullptr && arrays_.element_size(address) == 0) {
    llvm::SmallVector<llvm::Value*, 4> indices;
    for (llvm::Value* index : address->indices()) indices.push_back(of_lane(index, lane, operands));
    return builder_.CreateGEP(address->getSourceElementType(), of_lane(address->getPointerOperand(), lane, operands),
                              indices);
  }
  if (llvm::isa<llvm::ZExtInst, llvm::SExtInst>(value)) {
    auto* extension = llvm::cast<llvm::CastInst>(value);
    return builder_.CreateCast(extension->getOpcode(), of_lane(extension->getOperand(0), lane, operands),
                               value->getType());
  }
  llvm::Type* type = value->getType();
  const unsigned bits = type->isIntegerTy() ? type->getIntegerBitWidth() : 0;
  if (bits != 8 && bits != 16 && bits != 32) return builder_.CreateExtractElement(vector(value), lane);
  Room& room = operands.rooms[value];
  if (room.memory == nullptr) {
    room.memory = make_room(wide_type(type), "lanes", kRoomAlignment);
    builder_.CreateAlignedStore(vector(value), room.memory, kRoomAlignment);
  }
  const unsigned in_a_word = 64 / bits;
  // Volatile, or the code generator would read each lane by itself again.
  if (lane % in_a_word == 0)
    room.word = builder_.CreateAlignedLoad(
        builder_.getInt64Ty(),
        builder_.CreateConstInBoundsGEP1_32(builder_.getInt64Ty(), room.memory, lane / in_a_word), llvm::Align(8),
        /*isVolatile=*/true);
  return builder_.CreateTrunc(builder_.CreateLShr(room.word, lane % in_a_word * bits), type);
}

/// All lanes are on: their operations follow each other without a loop.
llvm::Value* Widener::lane_after_lane(llvm::Instruction& instruction) {
  llvm::Type* type = instruction.getType();
  llvm::Value* results = instruction.use_empty() ? nullptr : llvm::PoisonValue::get(wide_type(type));
  LaneOperands lane_operands(instruction);
  for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane) {
    llvm::SmallVector<llvm::Value*, 3> operands;
    for (llvm::Value* operand : instruction.operands()) operands.push_back(of_lane(operand, lane, lane_operands));
    llvm::Value* result = emit_for_lane(instruction, operands);
    if (results == nullptr) continue;
    if (!type->isStructTy()) {
      results = builder_.CreateInsertElement(results, result, lane);
      continue;
    }
    for (unsigned i = 0; i < type->getStructNumElements(); ++i)
      results = builder_.CreateInsertValue(results,
                                           builder_.CreateInsertElement(builder_.CreateExtractValue(results, i),
                                                                        builder_.CreateExtractValue(result, i), lane),
                                           i);
  }
  return results;
}

void Widener::emit_lane_by_lane(llvm::Instruction& instruction) { set(instruction, lane_by_lane(instruction)); }

/// A loop over the lanes that are on.
void Widener::for_each_lane(llvm::function_ref<void(llvm::Value*)> run_lane) {
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* loop = new_block("lane");
  llvm::BasicBlock* after = new_block("lanes_end", loop);
  llvm::Value* all = mask_bits(mask_);
  builder_.CreateCondBr(builder_.CreateICmpNE(all, builder_.getInt32(0)), loop, after);
  builder_.SetInsertPoint(loop);
  llvm::PHINode* open = builder_.CreatePHI(builder_.getInt32Ty(), 2);
  open->addIncoming(all, before);
  run_lane(builder_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, open, builder_.getTrue()));
  llvm::Value* rest = builder_.CreateAnd(open, builder_.CreateSub(open, builder_.getInt32(1)));
  open->addIncoming(rest, builder_.GetInsertBlock());
  builder_.CreateCondBr(builder_.CreateICmpNE(rest, builder_.getInt32(0)), loop, after);
  builder_.SetInsertPoint(after);
}

/// The lanes that are on, one round of a loop each. Returns null where there is no result.
llvm::Value* Widener::lane_by_lane(llvm::Instruction& instruction) {
  // Operands of one value are shared, the others go through memory, which a loop can index.
  llvm::SmallVector<llvm::Value*, 6> operands;
  llvm::SmallVector<llvm::AllocaInst*, 6> rooms;
  const auto make_rooms = [&](llvm::Type* type) {
    return make_room(llvm::ArrayType::get(type, kSimdgroupWidth), "lanes", kRoomAlignment);
  };
  // Bits are put away as bytes: memory has no place for single ones.
  const auto stored_type = [&](llvm::Type* type) -> llvm::Type* {
    return type->isIntegerTy(1) ? builder_.getInt8Ty() : type;
  };
  const unsigned count = llvm::isa<llvm::CallBase>(instruction) ? llvm::cast<llvm::CallBase>(instruction).arg_size()
                                                                : instruction.getNumOperands();
  for (unsigned i = 0; i < count; ++i) {
    llvm::Value* operand = instruction.getOperand(i);
    rooms.push_back(nullptr);
    if (shapes_.of(operand).is_uniform()) {
      operands.push_back(scalar(operand));
      continue;
    }
    llvm::Value* values = vector(operand);
    operands.push_back(values);
    rooms.back() = make_rooms(stored_type(operand->getType()));
    if (operand->getType()->isIntegerTy(1)) values = builder_.CreateZExt(values, wide_type(builder_.getInt8Ty()));
    builder_.CreateAlignedStore(values, rooms.back(), kRoomAlignment);
  }
  llvm::SmallVector<llvm::Type*, 2> result_types;
  if (auto* structure = llvm::dyn_cast<llvm::StructType>(instruction.getType()))
    result_types.append(structure->element_begin(), structure->element_end());
  else if (!instruction.use_empty())
    result_types.push_back(instruction.getType());
  llvm::SmallVector<llvm::AllocaInst*, 2> results;
  for (llvm::Type* type : result_types) results.push_back(make_rooms(stored_type(type)));

  const auto run_lane = [&](llvm::Value* lane) {
    llvm::SmallVector<llvm::Value*, 6> of_lane(operands);
    for (unsigned i = 0; i < count; ++i) {
      if (rooms[i] == nullptr) continue;
      llvm::Type* type = rooms[i]->getAllocatedType()->getArrayElementType();
      of_lane[i] = builder_.CreateLoad(type, builder_.CreateInBoundsGEP(type, rooms[i], lane));
      if (instruction.getOperand(i)->getType()->isIntegerTy(1))
        of_lane[i] = builder_.CreateTrunc(of_lane[i], builder_.getInt1Ty());
    }
    llvm::Value* result = emit_for_lane(instruction, of_lane);
    for (unsigned i = 0; i < results.size(); ++i) {
      llvm::Value* part = instruction.getType()->isStructTy() ? builder_.CreateExtractValue(result, i) : result;
      llvm::Type* type = results[i]->getAllocatedType()->getArrayElementType();
      if (part->getType() != type) part = builder_.CreateZExt(part, type);
      builder_.CreateStore(part, builder_.CreateInBoundsGEP(type, results[i], lane));
    }
  };

  for_each_lane(run_lane);
  if (result_types.empty()) return nullptr;
  const auto load = [&](unsigned i) -> llvm::Value* {
    llvm::Type* stored = results[i]->getAllocatedType()->getArrayElementType();
    llvm::Value* values = builder_.CreateAlignedLoad(wide_type(stored), results[i], kRoomAlignment);
    return stored == result_types[i] ? values : builder_.CreateTrunc(values, wide_type(result_types[i]));
  };
  if (!instruction.getType()->isStructTy()) {
    if (shapes_.of(&instruction).is_uniform()) reject(instruction);
    return load(0);
  }
  llvm::Value* whole = llvm::PoisonValue::get(wide_type(instruction.getType()));
  for (unsigned i = 0; i < results.size(); ++i) whole = builder_.CreateInsertValue(whole, load(i), i);
  return whole;
}

}  // namespace pymetal::lowering
