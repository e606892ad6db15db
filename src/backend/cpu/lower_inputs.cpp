// Lets the code of a kernel read its inputs from the records of an executor.
#include "backend/cpu/lower_inputs.h"

#include <optional>

#include "backend/cpu/threadgroup_state.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/ConstantRange.h"
#include "llvm/IR/MDBuilder.h"
#include "lowering/intrinsics.h"

namespace pymetal::backend::cpu {
namespace {

std::optional<std::size_t> threadgroup_field(llvm::StringRef name) {
#define FIELD(field) .Case("mtl." #field, offsetof(ThreadgroupState, field))
  // clang-format off
  return llvm::StringSwitch<std::optional<std::size_t>>(name)
      FIELD(threadgroup_position_in_grid)
      FIELD(threads_per_grid)
      FIELD(threads_per_threadgroup)
      FIELD(dispatch_threads_per_threadgroup)
      FIELD(threadgroups_per_grid)
      FIELD(grid_origin)
      FIELD(simdgroups_per_threadgroup)
      FIELD(dispatch_simdgroups_per_threadgroup)
      FIELD(quadgroups_per_threadgroup)
      FIELD(dispatch_quadgroups_per_threadgroup)
      .Case("mtl.grid_size", offsetof(ThreadgroupState, threads_per_grid))
      .Default(std::nullopt);
  // clang-format on
#undef FIELD
}

llvm::Value* index_of(llvm::IRBuilder<>& builder, llvm::CallInst& call) {
  return builder.CreateZExt(call.getArgOperand(0), builder.getInt64Ty());
}

}  // namespace

llvm::Value* field(llvm::IRBuilder<>& builder, llvm::Value* record, std::size_t offset) {
  return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), record, offset);
}

llvm::LoadInst* load_invariant(llvm::IRBuilder<>& builder, llvm::Type* type, llvm::Value* address) {
  llvm::LoadInst* load = builder.CreateLoad(type, address);
  load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(builder.getContext(), {}));
  return load;
}

bool is_input(const llvm::Instruction& instruction) {
  const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
  return load != nullptr && load->hasMetadata(llvm::LLVMContext::MD_invariant_load) &&
         load->getPointerAddressSpace() == 0;
}

llvm::Value* load_input(llvm::IRBuilder<>& builder, llvm::CallInst& call, llvm::Value* record, std::size_t offset) {
  llvm::Type* word = builder.getInt32Ty();
  llvm::Value* address = field(builder, record, offset);
  if (call.arg_size() > 0) address = builder.CreateInBoundsGEP(word, address, index_of(builder, call));
  llvm::LoadInst* value = load_invariant(builder, word, address);
  if (const std::optional<llvm::ConstantRange> range = call.getRange()) {
    llvm::MDBuilder metadata(builder.getContext());
    value->setMetadata(llvm::LLVMContext::MD_range, metadata.createRange(range->getLower(), range->getUpper()));
    value->setMetadata(llvm::LLVMContext::MD_noundef, llvm::MDNode::get(builder.getContext(), {}));
  }
  return value;
}

llvm::Value* lower_threadgroup_input(llvm::IRBuilder<>& builder, llvm::CallInst& call,
                                     llvm::function_ref<llvm::Value*()> threadgroup) {
  const llvm::StringRef name = call.getCalledFunction()->getName();
  const auto load = [&](llvm::Type* type, std::size_t offset) {
    return load_invariant(builder, type, field(builder, threadgroup(), offset));
  };
  if (name == lowering::kBuffer) {
    llvm::Value* table = load(builder.getPtrTy(), offsetof(ThreadgroupState, buffers));
    return load_invariant(builder, call.getType(),
                          builder.CreateInBoundsGEP(builder.getInt64Ty(), table, index_of(builder, call)));
  }
  if (name == lowering::kThreadgroupMemory || name == lowering::kThreadgroupArgument) {
    llvm::Value* memory =
        load(builder.getPtrTy(lowering::kThreadgroupSpace), offsetof(ThreadgroupState, threadgroup_memory));
    if (name == lowering::kThreadgroupMemory) return memory;
    llvm::Type* word = builder.getInt32Ty();
    llvm::Value* table = load(builder.getPtrTy(), offsetof(ThreadgroupState, threadgroup_argument_offsets));
    llvm::Value* offset =
        load_invariant(builder, word, builder.CreateInBoundsGEP(word, table, index_of(builder, call)));
    return builder.CreateInBoundsGEP(builder.getInt8Ty(), memory, builder.CreateZExt(offset, builder.getInt64Ty()));
  }
  if (name == "mtl.threads_per_simdgroup") return builder.getInt32(kSimdgroupWidth);
  const std::optional<std::size_t> offset = threadgroup_field(name);
  return offset ? load_input(builder, call, threadgroup(), *offset) : nullptr;
}

}  // namespace pymetal::backend::cpu
