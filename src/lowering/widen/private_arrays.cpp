// Where the private arrays of a simdgroup's threads lie.
#include "lowering/widen/private_arrays.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

namespace pymetal::lowering {
namespace {

/// The whole offsets that an address computation adds must be multiples of the element's size.
bool offsets_are_multiples(const llvm::GEPOperator& address, std::uint64_t size, const llvm::DataLayout& layout) {
  llvm::SmallMapVector<llvm::Value*, llvm::APInt, 4> variable;
  llvm::APInt constant(layout.getIndexTypeSizeInBits(address.getType()), 0);
  if (!address.collectOffset(layout, constant.getBitWidth(), variable, constant)) return false;
  if (constant.srem(size) != 0) return false;
  return llvm::all_of(variable, [&](const auto& entry) { return entry.second.srem(size) == 0; });
}

}  // namespace

PrivateArrays::PrivateArrays(llvm::Function& kernel) {
  for (llvm::Instruction& instruction : llvm::instructions(kernel))
    if (auto* variable = llvm::dyn_cast<llvm::AllocaInst>(&instruction)) try_interleave(*variable);
}

bool PrivateArrays::try_interleave(llvm::AllocaInst& variable) {
  const llvm::DataLayout& layout = variable.getDataLayout();
  llvm::SmallPtrSet<const llvm::Value*, 16> pointers{&variable};
  llvm::SmallVector<llvm::Value*, 16> open{&variable};
  llvm::SmallVector<const llvm::GEPOperator*, 16> addresses;
  llvm::SmallVector<const llvm::Instruction*, 4> merges;
  std::uint64_t size = 0;
  const auto accesses = [&](llvm::Type* type) {
    const std::uint64_t bytes = layout.getTypeStoreSize(type).getFixedValue();
    if (type->isAggregateType() || type->isVectorTy() || (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8))
      return false;
    if (size == 0) size = bytes;
    return size == bytes;
  };
  while (!open.empty()) {
    llvm::Value* pointer = open.pop_back_val();
    for (llvm::User* user : pointer->users()) {
      if (auto* load = llvm::dyn_cast<llvm::LoadInst>(user)) {
        if (!load->isSimple() || !accesses(load->getType())) return false;
      } else if (auto* store = llvm::dyn_cast<llvm::StoreInst>(user)) {
        if (!store->isSimple() || store->getValueOperand() == pointer || !accesses(store->getValueOperand()->getType()))
          return false;
      } else if (auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(user)) {
        addresses.push_back(llvm::cast<llvm::GEPOperator>(address));
        if (pointers.insert(user).second) open.push_back(user);
      } else if (llvm::isa<llvm::PHINode, llvm::SelectInst, llvm::FreezeInst>(user)) {
        merges.push_back(llvm::cast<llvm::Instruction>(user));
        if (pointers.insert(user).second) open.push_back(user);
      } else if (!llvm::isa<llvm::LifetimeIntrinsic>(user)) {
        return false;
      }
    }
  }
  if (size == 0) return false;
  const auto bytes = variable.getAllocationSize(layout);
  if (!bytes || bytes->getFixedValue() % size != 0) return false;
  for (const llvm::GEPOperator* address : addresses)
    if (!offsets_are_multiples(*address, size, layout)) return false;
  for (const llvm::Instruction* merge : merges)
    for (const llvm::Value* operand : merge->operands())
      if (operand->getType()->isPointerTy() && !pointers.contains(operand)) return false;
  for (const llvm::Value* pointer : pointers) element_sizes_[pointer] = size;
  return true;
}

std::uint64_t PrivateArrays::lane_stride(const llvm::AllocaInst* variable) const {
  if (const std::uint64_t size = element_size(variable)) return size;
  const std::uint64_t bytes = variable->getAllocationSize(variable->getDataLayout())->getFixedValue();
  return llvm::alignTo(bytes, variable->getAlign());
}

}  // namespace pymetal::lowering
