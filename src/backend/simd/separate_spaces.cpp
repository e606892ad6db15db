// Tells LLVM that device memory and threadgroup memory are two.
#include "backend/simd/separate_spaces.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"
#include "lowering/intrinsics.h"

namespace pymetal::backend::simd {
namespace {

/// The space of the one address that an instruction reads or writes; of a vector of addresses, where they are several.
std::optional<unsigned> space_of(const llvm::Instruction& instruction) {
  const auto of = [](const llvm::Value* address) { return address->getType()->getPointerAddressSpace(); };
  if (const llvm::Value* address = llvm::getLoadStorePointerOperand(&instruction)) return of(address);
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  if (call == nullptr) return std::nullopt;
  switch (call->getIntrinsicID()) {
    case llvm::Intrinsic::masked_load:
    case llvm::Intrinsic::masked_gather:
      return of(call->getArgOperand(0));
    case llvm::Intrinsic::masked_store:
    case llvm::Intrinsic::masked_scatter:
      return of(call->getArgOperand(1));
    default:
      return std::nullopt;
  }
}

}  // namespace

void separate_spaces(llvm::Function& function) {
  llvm::LLVMContext& context = function.getContext();
  llvm::MDBuilder builder(context);
  llvm::MDNode* domain = builder.createAnonymousAliasScopeDomain("spaces");
  llvm::MDNode* device = llvm::MDNode::get(context, builder.createAnonymousAliasScope(domain, "device"));
  llvm::MDNode* threadgroup = llvm::MDNode::get(context, builder.createAnonymousAliasScope(domain, "threadgroup"));
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    const std::optional<unsigned> space = space_of(instruction);
    if (space != lowering::kDeviceSpace && space != lowering::kThreadgroupSpace) continue;
    const bool is_device = space == lowering::kDeviceSpace;
    instruction.setMetadata(llvm::LLVMContext::MD_alias_scope, is_device ? device : threadgroup);
    instruction.setMetadata(llvm::LLVMContext::MD_noalias, is_device ? threadgroup : device);
  }
}

}  // namespace pymetal::backend::simd
