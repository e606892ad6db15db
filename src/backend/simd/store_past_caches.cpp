// Lets what a large dispatch writes pass by the caches.
#include "backend/simd/store_past_caches.h"

#include <cstddef>

#include "backend/cpu/lower_inputs.h"
#include "backend/cpu/machine.h"
#include "backend/cpu/threadgroup_state.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "lowering/intrinsics.h"

namespace pymetal::backend::simd {
namespace {

constexpr unsigned kThreadgroupArgument = 2;

/// A store of vectors to device memory; under a mask, where there is one.
struct Store {
  llvm::Instruction* instruction = nullptr;
  llvm::Value* value = nullptr;
  llvm::Value* address = nullptr;
  llvm::Value* mask = nullptr;
};

std::optional<Store> as_store(llvm::Instruction& instruction) {
  Store found;
  if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction); store != nullptr && store->isSimple())
    found = {store, store->getValueOperand(), store->getPointerOperand()};
  if (auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
      call != nullptr && call->getIntrinsicID() == llvm::Intrinsic::masked_store)
    found = {call, call->getArgOperand(0), call->getArgOperand(1), call->getArgOperand(2)};
  if (found.value == nullptr || !found.value->getType()->isVectorTy() ||
      found.address->getType()->getPointerAddressSpace() != lowering::kDeviceSpace ||
      instruction.getDataLayout().getTypeStoreSize(found.value->getType()).getFixedValue() % cpu::kCacheLine != 0)
    return std::nullopt;
  return found;
}

/// The stores that are worth it; none where it is not known what the kernel reads.
llvm::SmallVector<Store, 4> find_stores(llvm::Function& function) {
  llvm::DenseSet<const llvm::Value*> read;
  llvm::SmallVector<Store, 4> stores;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (const auto store = as_store(instruction)) {
      stores.push_back(*store);
      continue;
    }
    if (!instruction.mayReadFromMemory()) continue;
    const llvm::Value* address = nullptr;
    if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) address = load->getPointerOperand();
    if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
        call != nullptr && call->getIntrinsicID() == llvm::Intrinsic::masked_load)
      address = call->getArgOperand(0);
    if (address == nullptr) return {};
    read.insert(llvm::getUnderlyingObject(address, /*MaxLookup=*/0));
  }
  llvm::erase_if(stores, [&](const Store& store) {
    return read.contains(llvm::getUnderlyingObject(store.address, /*MaxLookup=*/0));
  });
  return stores;
}

}  // namespace

void store_past_caches(llvm::Function& function, const llvm::TargetMachine& target) {
  if (!target.getTargetTriple().isX86()) return;
  const llvm::SmallVector<Store, 4> stores = find_stores(function);
  if (stores.empty()) return;
  llvm::IRBuilder<> builder(&*function.getEntryBlock().getFirstInsertionPt());
  llvm::Value* is_large = builder.CreateIsNotNull(cpu::load_invariant(
      builder, builder.getInt32Ty(),
      cpu::field(builder, function.getArg(kThreadgroupArgument), offsetof(cpu::ThreadgroupState, writes_past_caches))));
  for (const Store& store : stores) {
    builder.SetInsertPoint(store.instruction);
    llvm::Value* place = builder.CreatePtrToInt(store.address, builder.getInt64Ty());
    llvm::Value* fits = builder.CreateAnd(
        is_large, builder.CreateIsNull(builder.CreateAnd(place, builder.getInt64(cpu::kCacheLine - 1))));
    if (store.mask != nullptr) {
      llvm::Type* bits = builder.getIntNTy(store.mask->getType()->getPrimitiveSizeInBits().getFixedValue());
      fits = builder.CreateAnd(
          fits, builder.CreateICmpEQ(builder.CreateBitCast(store.mask, bits), llvm::Constant::getAllOnesValue(bits)));
    }
    llvm::Instruction* past = nullptr;
    llvm::Instruction* into = nullptr;
    llvm::SplitBlockAndInsertIfThenElse(fits, store.instruction->getIterator(), &past, &into);
    builder.SetInsertPoint(past);
    llvm::StoreInst* line = builder.CreateAlignedStore(store.value, store.address, llvm::Align(cpu::kCacheLine));
    line->setMetadata(llvm::LLVMContext::MD_nontemporal,
                      llvm::MDNode::get(function.getContext(), llvm::ConstantAsMetadata::get(builder.getInt32(1))));
    store.instruction->moveBefore(into->getIterator());
  }
  // Such stores take no part in the order of others.
  for (llvm::BasicBlock& block : llvm::make_early_inc_range(function)) {
    auto* end = llvm::dyn_cast<llvm::ReturnInst>(block.getTerminator());
    if (end == nullptr) continue;
    llvm::Instruction* fence = llvm::SplitBlockAndInsertIfThen(is_large, end->getIterator(), /*Unreachable=*/false);
    builder.SetInsertPoint(fence);
    builder.CreateIntrinsic(llvm::Intrinsic::x86_sse_sfence, {});
  }
}

}  // namespace pymetal::backend::simd
