// Widens loads and stores: one access for all lanes where their addresses allow it.
#include "llvm/IR/MDBuilder.h"
#include "lowering/intrinsics.h"
#include "lowering/widen/widener.h"

namespace pymetal::lowering {

/// Room for the variable of every lane.
void Widener::emit_alloca(llvm::AllocaInst& variable) {
  const auto bytes = variable.getAllocationSize(layout_of_data_);
  if (!bytes) reject(variable);
  const std::uint64_t element_size = arrays_.element_size(&variable);
  const std::uint64_t size = element_size != 0 ? bytes->getFixedValue() : arrays_.lane_stride(&variable);
  const llvm::IRBuilderBase::InsertPointGuard guard(builder_);
  builder_.SetInsertPoint(entry_, entry_->begin());
  llvm::AllocaInst* room = builder_.CreateAlloca(llvm::ArrayType::get(builder_.getInt8Ty(), size * kSimdgroupWidth),
                                                 nullptr, variable.getName());
  room->setAlignment(std::max(variable.getAlign(), llvm::Align(64)));
  llvm::Value* pointer = room;
  if (room->getType() != variable.getType()) {
    builder_.SetInsertPoint(entry_, entry_->getFirstNonPHIOrDbgOrAlloca());
    pointer = builder_.CreateAddrSpaceCast(room, variable.getType());
  }
  set_scalar(variable, pointer);
}

/// The value of one of two pieces of code.
llvm::Value* Widener::either(llvm::Value* condition, llvm::function_ref<llvm::Value*()> likely,
                             llvm::function_ref<llvm::Value*()> unlikely) {
  if (condition == nullptr) return likely();
  llvm::BasicBlock* now = builder_.GetInsertBlock();
  const auto block = [&](const char* name) {
    auto* made = llvm::BasicBlock::Create(context_, name, &simdgroup_, now->getNextNode());
    loop_of_[made] = current_loop_;
    return made;
  };
  llvm::BasicBlock* after = block("after");
  llvm::BasicBlock* rare = block("rare");
  llvm::BasicBlock* usual = block("usual");
  llvm::BranchInst* branch = builder_.CreateCondBr(condition, usual, rare);
  branch->setMetadata(llvm::LLVMContext::MD_prof, llvm::MDBuilder(context_).createLikelyBranchWeights());
  builder_.SetInsertPoint(usual);
  llvm::Value* first = likely();
  llvm::BasicBlock* usual_end = builder_.GetInsertBlock();
  builder_.CreateBr(after);
  builder_.SetInsertPoint(rare);
  llvm::Value* second = unlikely();
  llvm::BasicBlock* rare_end = builder_.GetInsertBlock();
  builder_.CreateBr(after);
  builder_.SetInsertPoint(after);
  if (first == nullptr) return nullptr;
  llvm::PHINode* result = builder_.CreatePHI(first->getType(), 2);
  result->addIncoming(first, usual_end);
  result->addIncoming(second, rare_end);
  return result;
}

void Widener::emit_load(llvm::LoadInst& load) {
  const Shape address = shapes_.of(load.getPointerOperand());
  if (load.isVolatile() && !address.is_uniform()) return emit_lane_by_lane(load);
  if (address.is_uniform()) {
    llvm::LoadInst* scalar_load = builder_.CreateAlignedLoad(load.getType(), scalar(load.getPointerOperand()),
                                                             load.getAlign(), load.isVolatile());
    if (shapes_.of(&load).is_uniform()) return set_scalar(load, scalar_load);
    return set(load, splat(scalar_load));
  }
  if (!llvm::VectorType::isValidElementType(load.getType())) return emit_lane_by_lane(load);
  const auto gather = [&]() -> llvm::Value* {
    return builder_.CreateMaskedGather(wide_type(load.getType()), vector(load.getPointerOperand()), load.getAlign(),
                                       mask_);
  };
  const auto size = static_cast<std::int64_t>(layout_of_data_.getTypeStoreSize(load.getType()).getFixedValue());
  if (!address.is_strided() || (address.stride != size && address.stride != -size) ||
      layout_of_data_.getTypeSizeInBits(load.getType()) != layout_of_data_.getTypeStoreSizeInBits(load.getType()))
    return set(load, gather());
  set(load, either(
                values_.lookup(load.getPointerOperand()).is_strided,
                [&] { return load_in_a_row(load, address.stride, mask_); }, gather));
}

llvm::Value* Widener::load_in_a_row(llvm::LoadInst& load, std::int64_t stride, llvm::Value* mask) {
  llvm::Value* first = scalar(load.getPointerOperand());
  const bool is_reversed = stride < 0;
  if (is_reversed)
    first = builder_.CreateGEP(builder_.getInt8Ty(), first, builder_.getInt64(stride * (kSimdgroupWidth - 1)));
  llvm::Type* type = wide_type(load.getType());
  if (is_full(mask)) {
    llvm::Value* row = builder_.CreateAlignedLoad(type, first, load.getAlign());
    return is_reversed ? builder_.CreateVectorReverse(row) : row;
  }
  if (is_reversed) mask = builder_.CreateVectorReverse(mask);
  llvm::Value* row = builder_.CreateMaskedLoad(type, first, load.getAlign(), mask);
  return is_reversed ? builder_.CreateVectorReverse(row) : row;
}

void Widener::emit_store(llvm::StoreInst& store) {
  llvm::Value* pointer = store.getPointerOperand();
  llvm::Value* value = store.getValueOperand();
  const Shape address = shapes_.of(pointer);
  if (store.isVolatile() && !address.is_uniform()) return emit_lane_by_lane(store);
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
  const auto scatter = [&]() -> llvm::Value* {
    builder_.CreateMaskedScatter(vector(value), vector(pointer), store.getAlign(), mask_);
    return nullptr;
  };
  const auto size = static_cast<std::int64_t>(layout_of_data_.getTypeStoreSize(value->getType()).getFixedValue());
  if (!address.is_strided() || (address.stride != size && address.stride != -size) ||
      layout_of_data_.getTypeSizeInBits(value->getType()) != layout_of_data_.getTypeStoreSizeInBits(value->getType())) {
    scatter();
    return;
  }
  either(
      values_.lookup(pointer).is_strided,
      [&]() -> llvm::Value* {
        store_in_a_row(store, address.stride, mask_);
        return nullptr;
      },
      scatter);
}

void Widener::store_in_a_row(llvm::StoreInst& store, std::int64_t stride, llvm::Value* mask) {
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
