// Lets what a large dispatch writes pass by the caches.
#include "backend/simd/store_past_caches.h"

#include <cstddef>

#include "backend/cpu/lower_inputs.h"
#include "backend/cpu/machine.h"
#include "backend/cpu/threadgroup_state.h"
#include "backend/simd/simdgroup_loops.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
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

/// The places that an instruction reads; none where that is not known.
const llvm::Value* address_read(const llvm::Instruction& instruction) {
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) return load->getPointerOperand();
  if (const auto* update = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction)) return update->getPointerOperand();
  if (const auto* exchange = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&instruction))
    return exchange->getPointerOperand();
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  return call != nullptr && call->getIntrinsicID() == llvm::Intrinsic::masked_load ? call->getArgOperand(0) : nullptr;
}

/// Whether each simdgroup comes to a store: together they write as much as the dispatch has threads, no two of which
/// may write to one place.
class EverySimdgroup {
 public:
  explicit EverySimdgroup(llvm::Function& function)
      : dominators_(function),
        loops_(dominators_),
        of_simdgroups_(find_simdgroup_loops(function, dominators_, loops_)) {}

  bool runs(const llvm::Instruction& store) const {
    return llvm::any_of(of_simdgroups_, [&](const LoopOverSimdgroups& loop) {
      return loop.loop->contains(&store) && dominators_.dominates(store.getParent(), loop.loop->getLoopLatch());
    });
  }

 private:
  llvm::DominatorTree dominators_;
  llvm::LoopInfo loops_;
  llvm::SmallVector<LoopOverSimdgroups, 8> of_simdgroups_;
};

/// The stores that are worth it; none where it is not known what the kernel reads, or where it orders what others see.
llvm::SmallVector<Store, 4> find_stores(llvm::Function& function, bool is_one_row) {
  llvm::DenseSet<const llvm::Value*> read;
  llvm::SmallVector<Store, 4> stores;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (const auto store = as_store(instruction)) {
      stores.push_back(*store);
      continue;
    }
    // What is volatile may read for LLVM; it is the store of an atomic operation.
    if (!instruction.mayReadFromMemory() || llvm::isa<llvm::StoreInst>(instruction)) continue;
    const llvm::Value* address = address_read(instruction);
    if (address == nullptr) return {};
    read.insert(llvm::getUnderlyingObject(address, /*MaxLookup=*/0));
  }
  llvm::erase_if(stores, [&](const Store& store) {
    return read.contains(llvm::getUnderlyingObject(store.address, /*MaxLookup=*/0));
  });
  if (is_one_row || stores.empty()) return stores;
  const EverySimdgroup every_simdgroup(function);
  llvm::erase_if(stores, [&](const Store& store) { return !every_simdgroup.runs(*store.instruction); });
  return stores;
}

}  // namespace

void store_past_caches(llvm::Function& function, const llvm::TargetMachine& target, bool is_one_row) {
  if (!target.getTargetTriple().isX86()) return;
  const llvm::SmallVector<Store, 4> stores = find_stores(function, is_one_row);
  if (stores.empty()) return;
  llvm::IRBuilder<> builder(&*function.getEntryBlock().getFirstInsertionPt());
  llvm::Value* least = cpu::load_invariant(
      builder, builder.getInt32Ty(),
      cpu::field(builder, function.getArg(kThreadgroupArgument), offsetof(cpu::ThreadgroupState, bytes_past_caches)));
  for (const Store& store : stores) {
    builder.SetInsertPoint(store.instruction);
    const std::uint64_t bytes = function.getDataLayout().getTypeStoreSize(store.value->getType()).getFixedValue();
    llvm::Value* is_large =
        builder.CreateICmpULE(least, builder.getInt32(static_cast<std::uint32_t>(bytes / lowering::kSimdgroupWidth)));
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
}

}  // namespace pymetal::backend::simd
