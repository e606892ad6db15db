// Widens loads and stores: one access for all lanes where their addresses allow it.
#include <bit>

#include "llvm/IR/MDBuilder.h"
#include "lowering/intrinsics.h"
#include "lowering/widen/widener.h"

namespace pymetal::lowering {
namespace {

/// With more, a scatter is less work.
constexpr std::size_t kMostRows = 4;

/// Whether each lane's access must stay one. A threadgroup never leaves its thread of the machine: nobody else sees its
/// memory change.
bool stays_single(const llvm::Instruction& access) {
  return access.isVolatile() &&
         llvm::getLoadStorePointerOperand(&access)->getType()->getPointerAddressSpace() != kThreadgroupSpace;
}

}  // namespace

/// Room for the variable of every lane.
void Widener::emit_alloca(llvm::AllocaInst& variable) {
  const auto bytes = variable.getAllocationSize(layout_of_data_);
  if (!bytes) reject(variable);
  const std::uint64_t element_size = arrays_.element_size(&variable);
  const std::uint64_t size = element_size != 0 ? bytes->getFixedValue() : arrays_.lane_stride(&variable);
  llvm::AllocaInst* room = make_room(llvm::ArrayType::get(builder_.getInt8Ty(), size * kSimdgroupWidth),
                                     variable.getName(), std::max(variable.getAlign(), kRoomAlignment));
  llvm::Value* pointer = room;
  if (room->getType() != variable.getType()) {
    const llvm::IRBuilderBase::InsertPointGuard guard(builder_);
    builder_.SetInsertPoint(entry_, entry_->getFirstNonPHIOrDbgOrAlloca());
    pointer = builder_.CreateAddrSpaceCast(room, variable.getType());
  }
  set_scalar(variable, pointer);
}

/// What one of two pieces of code yields.
Widener::Values Widener::either(llvm::Value* condition, llvm::function_ref<Values()> likely,
                                llvm::function_ref<Values()> unlikely) {
  if (condition == nullptr) return likely();
  llvm::BasicBlock* usual = new_block("usual");
  llvm::BasicBlock* rare = new_block("rare", usual);
  llvm::BasicBlock* after = new_block("after", rare);
  llvm::BranchInst* branch = builder_.CreateCondBr(condition, usual, rare);
  branch->setMetadata(llvm::LLVMContext::MD_prof, llvm::MDBuilder(context_).createLikelyBranchWeights());
  branch->setMetadata(kPatternBranch, llvm::MDNode::get(context_, {}));
  builder_.SetInsertPoint(usual);
  const Values first = likely();
  llvm::BasicBlock* usual_end = builder_.GetInsertBlock();
  builder_.CreateBr(after);
  builder_.SetInsertPoint(rare);
  is_rare_ = true;
  const Values second = unlikely();
  is_rare_ = false;
  llvm::BasicBlock* rare_end = builder_.GetInsertBlock();
  builder_.CreateBr(after);
  builder_.SetInsertPoint(after);
  Values results;
  for (unsigned i = 0; i < first.size(); ++i) {
    llvm::PHINode* result = builder_.CreatePHI(first[i]->getType(), 2);
    result->addIncoming(first[i], usual_end);
    result->addIncoming(second[i], rare_end);
    results.push_back(result);
  }
  return results;
}

/// Whether the members of a group lie where its pattern says, or null where they always do.
llvm::Value* Widener::group_holds(const AccessGroup& group) {
  llvm::Value* holds = values_.lookup(llvm::getLoadStorePointerOperand(group.place.access)).holds;
  if (group.extension == nullptr) return holds;
  const auto [least, greatest] = std::ranges::minmax(group.members, {}, &AccessGroup::Member::step);
  llvm::Value* fits = does_not_wrap(*group.extension, least.step - group.place.step, greatest.step - group.place.step);
  if (holds == nullptr || fits == nullptr) return holds == nullptr ? fits : holds;
  return builder_.CreateAnd(holds, fits);
}

/// The bytes from a lane's member in the group's place to another. `index` is that of the first before it is extended,
/// for one lane or all.
llvm::Value* Widener::distance(const AccessGroup& group, const AccessGroup::Member& member, llvm::Value* index) {
  const auto size = static_cast<std::int64_t>(
      layout_of_data_.getTypeStoreSize(llvm::getLoadStoreType(member.access)).getFixedValue());
  const std::int64_t bytes = size * (static_cast<std::int64_t>(member.index) - group.place.index);
  if (index == nullptr) return llvm::ConstantInt::getSigned(builder_.getInt64Ty(), bytes);
  const std::int64_t step = member.step - group.place.step;
  llvm::Type* type = index->getType()->getWithNewType(builder_.getInt64Ty());
  const auto number = [](llvm::Type* of, std::int64_t value) { return llvm::ConstantInt::getSigned(of, value); };
  const auto extend = [&](llvm::Value* value) {
    return builder_.CreateCast(group.extension->getOpcode(), value, type);
  };
  llvm::Value* moved =
      builder_.CreateSub(extend(builder_.CreateAdd(index, number(index->getType(), step))), extend(index));
  return builder_.CreateAdd(builder_.CreateMul(moved, number(type, group.step_size)),
                            number(type, bytes - step * group.step_size));
}

/// The address of the lowest element of a group's row. `pointer` is that of the member in the group's place.
llvm::Value* Widener::first_of_row(const AccessGroup& group, llvm::Value* pointer, std::int64_t element_size) {
  const auto elements = static_cast<std::int64_t>(group.row.front()) + group.place.index;
  return builder_.CreateGEP(builder_.getInt8Ty(), scalar(pointer), builder_.getInt64(-element_size * elements));
}

/// The elements of a group's row that belong to members of lanes that are on.
llvm::Value* Widener::mask_of_row(const AccessGroup& group) {
  std::vector<int> lanes = group.lanes_of_row();
  // Of the second vector, which has no lane on.
  for (int& lane : lanes)
    if (lane < 0) lane = kSimdgroupWidth;
  return builder_.CreateShuffleVector(mask_, llvm::Constant::getNullValue(mask_->getType()), lanes);
}

/// One row from memory, from which each member takes one element a lane.
void Widener::load_group(const AccessGroup& group) {
  // A mask that is never known to be full does better in one row.
  if (!group.stretches.empty() && (group.row.empty() || is_full(mask_))) return load_runs(group);
  auto* place = llvm::cast<llvm::LoadInst>(group.place.access);
  llvm::Type* element = place->getType();
  const auto size = static_cast<std::int64_t>(layout_of_data_.getTypeStoreSize(element).getFixedValue());
  auto* row = llvm::FixedVectorType::get(element, group.row_length());
  const auto in_a_row = [&] {
    llvm::Value* first = first_of_row(group, place->getPointerOperand(), size);
    const llvm::Align align = llvm::commonAlignment(place->getAlign(), static_cast<std::uint64_t>(size));
    // Behind the last lane that is on, the memory may end.
    llvm::Value* all =
        is_full(mask_) ? builder_.CreateAlignedLoad(row, first, align)
                       : static_cast<llvm::Value*>(builder_.CreateMaskedLoad(row, first, align, mask_of_row(group)));
    Values members;
    for (const AccessGroup::Member& member : group.members) {
      llvm::SmallVector<int, kSimdgroupWidth> lanes;
      for (const unsigned start : group.row) lanes.push_back(static_cast<int>(start + member.index));
      members.push_back(builder_.CreateShuffleVector(all, lanes));
    }
    return members;
  };
  const auto one_by_one = [&] {
    // Members' own addresses are not written yet.
    llvm::Value* index = group.extension == nullptr ? nullptr : vector(group.extension->getOperand(0));
    Values members;
    for (const AccessGroup::Member& member : group.members) {
      llvm::Value* addresses =
          builder_.CreateGEP(builder_.getInt8Ty(), vector(place->getPointerOperand()), distance(group, member, index));
      members.push_back(builder_.CreateMaskedGather(wide_type(element), addresses,
                                                    llvm::cast<llvm::LoadInst>(member.access)->getAlign(), mask_));
    }
    return members;
  };
  const Values values = either(group_holds(group), in_a_row, one_by_one);
  for (unsigned i = 0; i < values.size(); ++i) set(*group.members[i].access, values[i]);
}

/// The elements of some vectors, which take turns, in as many vectors of that length. LLVM would sort longer vectors
/// with more steps.
llvm::SmallVector<llvm::Value*, 8> Widener::interleave(llvm::ArrayRef<llvm::Value*> vectors) {
  llvm::SmallVector<llvm::Value*, 8> result(vectors);
  if (vectors.size() == 1) return result;
  llvm::SmallVector<llvm::Value*, 4> halves[2];
  for (std::size_t i = 0; i < vectors.size(); ++i) halves[i % 2].push_back(vectors[i]);
  const auto even = interleave(halves[0]);
  const auto odd = interleave(halves[1]);
  const unsigned count = llvm::cast<llvm::FixedVectorType>(vectors.front()->getType())->getNumElements();
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    llvm::SmallVector<int, kSimdgroupWidth> turns;
    const unsigned first = i % 2 * count / 2;
    for (unsigned k = 0; k < count; ++k) turns.push_back(static_cast<int>(first + k / 2 + k % 2 * count));
    result[i] = builder_.CreateShuffleVector(even[i / 2], odd[i / 2], turns);
  }
  return result;
}

/// The members' values in the order of memory. Elements of no member hold anything.
llvm::Value* Widener::sort_into_row(const AccessGroup& group) {
  const auto value_of = [&](const AccessGroup::Member& member) {
    return vector(llvm::cast<llvm::StoreInst>(member.access)->getValueOperand());
  };
  const unsigned count = group.row_length();
  if (group.pattern->stride() && std::has_single_bit(group.members.size()) &&
      group.members.size() * kSimdgroupWidth == count) {
    const unsigned lanes = lanes_per_register(
        static_cast<std::int64_t>(layout_of_data_.getTypeStoreSize(llvm::getLoadStoreType(group.place.access))));
    llvm::SmallVector<llvm::Value*, 32> registers;
    for (unsigned first = 0; first < kSimdgroupWidth; first += lanes) {
      llvm::SmallVector<int, kSimdgroupWidth> part;
      for (unsigned lane = first; lane < first + lanes; ++lane) part.push_back(static_cast<int>(lane));
      llvm::SmallVector<llvm::Value*, 8> parts(group.members.size());
      for (const AccessGroup::Member& member : group.members)
        parts[member.index] = builder_.CreateShuffleVector(value_of(member), part);
      registers.append(interleave(parts));
    }
    for (; registers.size() > 1; registers.resize(registers.size() / 2))
      for (std::size_t i = 0; i < registers.size() / 2; ++i)
        registers[i] = concatenate(registers[2 * i], registers[2 * i + 1]);
    return registers.front();
  }
  // One vector after the other is merged into the row.
  llvm::Type* element = llvm::getLoadStoreType(group.place.access);
  llvm::Value* row = llvm::PoisonValue::get(llvm::FixedVectorType::get(element, count));
  for (const AccessGroup::Member& member : group.members) {
    llvm::SmallVector<int, 256> spread(count, -1);
    llvm::SmallVector<int, 256> merged;
    for (unsigned i = 0; i < count; ++i) merged.push_back(static_cast<int>(i));
    for (unsigned lane = 0; lane < kSimdgroupWidth; ++lane) {
      const unsigned at = group.row[lane] + member.index;
      spread[at] = static_cast<int>(lane);
      merged[at] = static_cast<int>(count + at);
    }
    row = builder_.CreateShuffleVector(row, builder_.CreateShuffleVector(value_of(member), spread), merged);
  }
  return row;
}

/// The members' values sorted into one row. Elements of no member keep what they hold.
void Widener::store_group(const AccessGroup& group) {
  auto* place = llvm::cast<llvm::StoreInst>(group.place.access);
  llvm::Type* element = place->getValueOperand()->getType();
  const auto size = static_cast<std::int64_t>(layout_of_data_.getTypeStoreSize(element).getFixedValue());
  const auto in_a_row = [&] {
    llvm::Value* first = first_of_row(group, place->getPointerOperand(), size);
    llvm::Value* row = sort_into_row(group);
    const llvm::Align align = llvm::commonAlignment(place->getAlign(), static_cast<std::uint64_t>(size));
    llvm::Value* mask = mask_of_row(group);
    if (is_full(mask))
      builder_.CreateAlignedStore(row, first, align);
    else
      builder_.CreateMaskedStore(row, first, align, mask);
    return Values();
  };
  const auto one_by_one = [&] {
    for (const AccessGroup::Member& member : group.members) {
      auto* store = llvm::cast<llvm::StoreInst>(member.access);
      builder_.CreateMaskedScatter(vector(store->getValueOperand()), vector(store->getPointerOperand()),
                                   store->getAlign(), mask_);
    }
    return Values();
  };
  either(group_holds(group), in_a_row, one_by_one);
}

void Widener::emit_load(llvm::LoadInst& load) {
  const Shape address = shapes_.of(load.getPointerOperand());
  if (stays_single(load) && !address.is_uniform()) return emit_lane_by_lane(load);
  if (address.is_uniform()) {
    llvm::LoadInst* scalar_load = builder_.CreateAlignedLoad(load.getType(), scalar(load.getPointerOperand()),
                                                             load.getAlign(), load.isVolatile());
    scalar_load->copyMetadata(load, {llvm::LLVMContext::MD_invariant_load});
    if (shapes_.of(&load).is_uniform()) return set_scalar(load, scalar_load);
    return set(load, splat(scalar_load));
  }
  if (!llvm::VectorType::isValidElementType(load.getType())) return emit_lane_by_lane(load);
  if (const AccessGroup* group = groups_.find(&load)) {
    if (group->place.access == &load) load_group(*group);
    return;
  }
  const auto size = static_cast<std::int64_t>(layout_of_data_.getTypeStoreSize(load.getType()).getFixedValue());
  const std::optional<std::int64_t> stride = address.is_patterned() ? address.pattern->stride() : std::nullopt;
  if (!stride || (*stride != size && *stride != -size) ||
      layout_of_data_.getTypeSizeInBits(load.getType()) != layout_of_data_.getTypeStoreSizeInBits(load.getType()))
    return set(load, gather(load));
  const Values values = either(
      values_.lookup(load.getPointerOperand()).holds, [&] { return Values{load_in_a_row(load, *stride)}; },
      [&] { return Values{gather(load)}; });
  set(load, values.front());
}

/// Every lane's element from a place of its own. No machine gathers less than 4 bytes: shorter elements are cut out of
/// the words they lie in, which never reach into another page.
llvm::Value* Widener::gather(llvm::LoadInst& load) {
  llvm::Value* addresses = vector(load.getPointerOperand());
  llvm::Type* type = load.getType();
  const std::uint64_t bits = layout_of_data_.getTypeSizeInBits(type).getFixedValue();
  const bool is_cut_out = bits == 8 || (bits == 16 && load.getAlign() >= 2);
  if (!is_cut_out || type->isVectorTy())
    return builder_.CreateMaskedGather(wide_type(type), addresses, load.getAlign(), mask_);
  const unsigned address_bits = layout_of_data_.getIndexTypeSizeInBits(load.getPointerOperandType());
  llvm::Type* numbers = wide_type(builder_.getIntNTy(address_bits));
  llvm::Type* words = wide_type(builder_.getInt32Ty());
  llvm::Value* masked = builder_.CreateIntrinsic(llvm::Intrinsic::ptrmask, {addresses->getType(), numbers},
                                                 {addresses, llvm::ConstantInt::getSigned(numbers, -4)});
  llvm::Value* word = builder_.CreateMaskedGather(words, masked, llvm::Align(4), mask_);
  llvm::Value* place = builder_.CreateTrunc(builder_.CreatePtrToInt(addresses, numbers), words);
  llvm::Value* shift =
      builder_.CreateShl(builder_.CreateAnd(place, llvm::ConstantInt::get(words, 3)), llvm::ConstantInt::get(words, 3));
  llvm::Value* cut = builder_.CreateTrunc(builder_.CreateLShr(word, shift), wide_type(builder_.getIntNTy(bits)));
  return builder_.CreateBitCast(cut, wide_type(type));
}

void Widener::scatter(llvm::StoreInst& store) {
  llvm::Value* value = store.getValueOperand();
  // No machine scatters less than 4 bytes, and under a mask each lane would be a branch.
  const bool is_short = layout_of_data_.getTypeSizeInBits(value->getType()).getFixedValue() < 32;
  if (is_short && !is_full(mask_)) return emit_lane_by_lane(store);
  builder_.CreateMaskedScatter(vector(value), vector(store.getPointerOperand()), store.getAlign(), mask_);
}

llvm::Value* Widener::load_in_a_row(llvm::LoadInst& load, std::int64_t stride) {
  llvm::Value* first = scalar(load.getPointerOperand());
  const bool is_reversed = stride < 0;
  if (is_reversed)
    first = builder_.CreateGEP(builder_.getInt8Ty(), first, builder_.getInt64(stride * (kSimdgroupWidth - 1)));
  llvm::Type* type = wide_type(load.getType());
  llvm::Value* row = nullptr;
  if (is_full(mask_))
    row = builder_.CreateAlignedLoad(type, first, load.getAlign());
  else
    row = builder_.CreateMaskedLoad(type, first, load.getAlign(),
                                    is_reversed ? builder_.CreateVectorReverse(mask_) : mask_);
  return is_reversed ? builder_.CreateVectorReverse(row) : row;
}

/// What some of the lanes store, one after the other.
void Widener::store_row(llvm::StoreInst& store, const LanePattern::Row& row) {
  llvm::SmallVector<int, kSimdgroupWidth> lanes;
  for (unsigned i = 0; i < row.count; ++i) lanes.push_back(static_cast<int>(row.first + i));
  llvm::Value* values = builder_.CreateShuffleVector(vector(store.getValueOperand()), lanes);
  llvm::Value* first = at_lane(store.getPointerOperand(), row.first);
  if (is_full(mask_))
    builder_.CreateAlignedStore(values, first, store.getAlign());
  else
    builder_.CreateMaskedStore(values, first, store.getAlign(), builder_.CreateShuffleVector(mask_, lanes));
}

void Widener::emit_store(llvm::StoreInst& store) {
  llvm::Value* pointer = store.getPointerOperand();
  llvm::Value* value = store.getValueOperand();
  const Shape address = shapes_.of(pointer);
  if (stays_single(store) && !address.is_uniform()) return emit_lane_by_lane(store);
  if (address.is_uniform()) {
    llvm::Value* last = shapes_.of(value).is_uniform() ? scalar(value) : nullptr;
    if (last == nullptr) {
      // Of lanes that write to one place, the last one's value stays.
      if (value->getType()->isVectorTy() || value->getType()->isAggregateType()) return emit_lane_by_lane(store);
      llvm::Value* bits = mask_bits(mask_);
      llvm::Value* leading = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, bits, builder_.getTrue());
      last = builder_.CreateExtractElement(vector(value),
                                           builder_.CreateSub(builder_.getInt32(kSimdgroupWidth - 1), leading));
    }
    builder_.CreateAlignedStore(last, scalar(pointer), store.getAlign(), store.isVolatile());
    return;
  }
  if (!llvm::VectorType::isValidElementType(value->getType())) return emit_lane_by_lane(store);
  if (const AccessGroup* group = groups_.find(&store)) {
    if (group->place.access == &store) store_group(*group);
    return;
  }
  const auto size = static_cast<std::int64_t>(layout_of_data_.getTypeStoreSize(value->getType()).getFixedValue());
  const std::optional<std::int64_t> stride = address.is_patterned() ? address.pattern->stride() : std::nullopt;
  const bool is_one_row = stride == size || stride == -size;
  const std::vector<LanePattern::Row> rows =
      address.is_patterned() && !is_one_row ? address.pattern->rows(size) : std::vector<LanePattern::Row>();
  if ((!is_one_row && (rows.empty() || rows.size() > kMostRows)) ||
      layout_of_data_.getTypeSizeInBits(value->getType()) != layout_of_data_.getTypeStoreSizeInBits(value->getType())) {
    scatter(store);
    return;
  }
  either(
      values_.lookup(pointer).holds,
      [&] {
        if (is_one_row)
          store_in_a_row(store, *stride);
        else
          for (const LanePattern::Row& row : rows) store_row(store, row);
        return Values();
      },
      [&] {
        scatter(store);
        return Values();
      });
}

void Widener::store_in_a_row(llvm::StoreInst& store, std::int64_t stride) {
  llvm::Value* mask = mask_;
  llvm::Value* first = scalar(store.getPointerOperand());
  llvm::Value* values = vector(store.getValueOperand());
  if (stride < 0) {
    first = builder_.CreateGEP(builder_.getInt8Ty(), first, builder_.getInt64(stride * (kSimdgroupWidth - 1)));
    values = builder_.CreateVectorReverse(values);
    if (!is_full(mask)) mask = builder_.CreateVectorReverse(mask);
  }
  if (is_full(mask))
    builder_.CreateAlignedStore(values, first, store.getAlign());
  else
    builder_.CreateMaskedStore(values, first, store.getAlign(), mask);
}

}  // namespace pymetal::lowering
