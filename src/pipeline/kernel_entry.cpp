// Writes the canonical entry of a kernel: it fetches each argument and calls the function.
#include "pipeline/kernel_entry.h"

#include <set>

#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Metadata.h"
#include "lowering/intrinsics.h"

namespace pymetal::pipeline {
namespace {

using compiler::KernelInput;
using compiler::Parameter;

/// Fetches an input: a scalar by value, a vector in memory, as SPIR passes classes.
llvm::Value* build_input(llvm::IRBuilder<>& builder, llvm::Module& module, const Parameter& parameter,
                         const llvm::Argument& argument) {
  const llvm::FunctionCallee intrinsic =
      module.getOrInsertFunction(input_intrinsic(parameter.input), builder.getInt32Ty(), builder.getInt32Ty());
  llvm::Type* element = builder.getIntNTy(parameter.bits);
  const auto component = [&](unsigned i) {
    return builder.CreateZExtOrTrunc(builder.CreateCall(intrinsic, builder.getInt32(i)), element);
  };
  if (parameter.components == 1) return component(0);
  llvm::AllocaInst* vector = builder.CreateAlloca(argument.getParamByValType());
  vector->setAlignment(argument.getParamAlign().valueOrOne());
  for (unsigned i = 0; i < parameter.components; ++i)
    builder.CreateStore(component(i), builder.CreateConstInBoundsGEP1_32(element, vector, i));
  return vector;
}

/// Tells which parameter a call fetches, where several share an index.
constexpr llvm::StringLiteral kParameterMetadata = "mtl.parameter";

/// Whether an optional argument exists; null where it always does.
llvm::Value* build_condition(llvm::IRBuilder<>& builder, llvm::Module& module, const Parameter& parameter) {
  if (parameter.condition.empty()) return nullptr;
  llvm::GlobalVariable* condition = module.getGlobalVariable(parameter.condition, /*AllowInternal=*/true);
  if (condition == nullptr) return nullptr;
  return builder.CreateIsNotNull(builder.CreateLoad(condition->getValueType(), condition));
}

/// What `slot` holds at an index; null, or zero, where the parameter does not exist.
llvm::Value* build_fetch(llvm::IRBuilder<>& builder, llvm::Module& module, llvm::FunctionCallee slot,
                         const Parameter& parameter, std::uint32_t place, std::uint32_t index) {
  llvm::LLVMContext& context = module.getContext();
  const auto fetch = [&] {
    llvm::CallInst* value = builder.CreateCall(slot, builder.getInt32(index));
    value->setMetadata(kParameterMetadata,
                       llvm::MDNode::get(context, llvm::ConstantAsMetadata::get(builder.getInt32(place))));
    return value;
  };
  llvm::Value* exists = build_condition(builder, module, parameter);
  if (exists == nullptr) return fetch();
  // A branch keeps the calls of two parameters with one index apart.
  llvm::BasicBlock* before = builder.GetInsertBlock();
  llvm::BasicBlock* present = llvm::BasicBlock::Create(context, "present", before->getParent());
  llvm::BasicBlock* after = llvm::BasicBlock::Create(context, "after", before->getParent());
  builder.CreateCondBr(exists, present, after);
  builder.SetInsertPoint(present);
  llvm::Value* value = fetch();
  builder.CreateBr(after);
  builder.SetInsertPoint(after);
  llvm::PHINode* result = builder.CreatePHI(value->getType(), 2);
  result->addIncoming(value, present);
  result->addIncoming(llvm::Constant::getNullValue(value->getType()), before);
  return result;
}

/// Fetches the handles of a texture or sampler, or of an array of them, into memory, as SPIR passes classes.
llvm::Value* build_handles(llvm::IRBuilder<>& builder, llvm::Module& module, const Parameter& parameter,
                           std::uint32_t place, const llvm::Argument& argument) {
  const llvm::StringRef slot = parameter.kind == Parameter::Kind::Texture ? lowering::kTexture : lowering::kSampler;
  const llvm::FunctionCallee handle = module.getOrInsertFunction(slot, builder.getInt64Ty(), builder.getInt32Ty());
  llvm::AllocaInst* handles = builder.CreateAlloca(argument.getParamByValType());
  handles->setAlignment(argument.getParamAlign().valueOrOne());
  for (std::uint32_t i = 0; i < parameter.binding.array_length; ++i)
    builder.CreateStore(build_fetch(builder, module, handle, parameter, place, parameter.binding.index + i),
                        builder.CreateConstInBoundsGEP1_32(builder.getInt64Ty(), handles, i));
  return handles;
}

}  // namespace

llvm::StringRef input_intrinsic(KernelInput input) {
  switch (input) {
    case KernelInput::ThreadPositionInGrid:
      return "mtl.thread_position_in_grid";
    case KernelInput::ThreadPositionInThreadgroup:
      return "mtl.thread_position_in_threadgroup";
    case KernelInput::ThreadIndexInThreadgroup:
      return "mtl.thread_index_in_threadgroup";
    case KernelInput::ThreadIndexInSimdgroup:
      return "mtl.thread_index_in_simdgroup";
    case KernelInput::ThreadIndexInQuadgroup:
      return "mtl.thread_index_in_quadgroup";
    case KernelInput::ThreadgroupPositionInGrid:
      return "mtl.threadgroup_position_in_grid";
    case KernelInput::ThreadsPerGrid:
      return "mtl.threads_per_grid";
    case KernelInput::ThreadsPerThreadgroup:
      return "mtl.threads_per_threadgroup";
    case KernelInput::ThreadsPerSimdgroup:
      return "mtl.threads_per_simdgroup";
    case KernelInput::ThreadgroupsPerGrid:
      return "mtl.threadgroups_per_grid";
    case KernelInput::DispatchThreadsPerThreadgroup:
      return "mtl.dispatch_threads_per_threadgroup";
    case KernelInput::SimdgroupIndexInThreadgroup:
      return "mtl.simdgroup_index_in_threadgroup";
    case KernelInput::SimdgroupsPerThreadgroup:
      return "mtl.simdgroups_per_threadgroup";
    case KernelInput::DispatchSimdgroupsPerThreadgroup:
      return "mtl.dispatch_simdgroups_per_threadgroup";
    case KernelInput::QuadgroupIndexInThreadgroup:
      return "mtl.quadgroup_index_in_threadgroup";
    case KernelInput::QuadgroupsPerThreadgroup:
      return "mtl.quadgroups_per_threadgroup";
    case KernelInput::DispatchQuadgroupsPerThreadgroup:
      return "mtl.dispatch_quadgroups_per_threadgroup";
    case KernelInput::GridOrigin:
      return "mtl.grid_origin";
    case KernelInput::GridSize:
      return "mtl.grid_size";
  }
  llvm_unreachable("every input has a name");
}

llvm::Function* build_kernel_entry(llvm::Module& module, const compiler::FunctionInfo& function) {
  llvm::Function* body = module.getFunction(function.symbol);
  auto* entry = llvm::Function::Create(llvm::FunctionType::get(llvm::Type::getVoidTy(module.getContext()), false),
                                       llvm::GlobalValue::ExternalLinkage, lowering::kKernelEntry, module);
  entry->addFnAttr(llvm::Attribute::NoUnwind);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module.getContext(), "entry", entry));
  const auto slot = [&](llvm::StringRef intrinsic, unsigned space, std::uint32_t place, llvm::Type* type) {
    const Parameter& parameter = function.parameters[place];
    const llvm::FunctionCallee callee =
        module.getOrInsertFunction(intrinsic, builder.getPtrTy(space), builder.getInt32Ty());
    llvm::Value* address = build_fetch(builder, module, callee, parameter, place, parameter.binding.index);
    // `constant` has no space of its own.
    if (auto* call = llvm::dyn_cast<llvm::CallInst>(address);
        call != nullptr && type->getPointerAddressSpace() == lowering::kGenericSpace)
      call->setMetadata(lowering::kConstantArgument, llvm::MDNode::get(module.getContext(), {}));
    return builder.CreateAddrSpaceCast(address, type);
  };
  std::vector<llvm::Value*> arguments;
  for (std::uint32_t i = 0; i < function.parameters.size(); ++i) {
    const Parameter& parameter = function.parameters[i];
    const llvm::Argument& argument = *body->getArg(i);
    switch (parameter.kind) {
      case Parameter::Kind::Buffer:
        arguments.push_back(slot(lowering::kBuffer, lowering::kDeviceSpace, i, argument.getType()));
        break;
      case Parameter::Kind::ThreadgroupMemory:
        arguments.push_back(slot(lowering::kThreadgroupArgument, lowering::kThreadgroupSpace, i, argument.getType()));
        break;
      case Parameter::Kind::Texture:
      case Parameter::Kind::Sampler:
        arguments.push_back(build_handles(builder, module, parameter, i, argument));
        break;
      case Parameter::Kind::Input:
        arguments.push_back(build_input(builder, module, parameter, argument));
        break;
    }
  }
  llvm::CallInst* call = builder.CreateCall(body, arguments);
  call->setAttributes(body->getAttributes());
  call->removeFnAttr(llvm::Attribute::NoInline);
  builder.CreateRetVoid();
  return entry;
}

std::vector<std::uint32_t> used_parameters(const llvm::Module& module, const compiler::FunctionInfo& function) {
  std::set<std::uint32_t> used;
  const std::pair<llvm::StringRef, Parameter::Kind> slots[] = {
      {lowering::kBuffer, Parameter::Kind::Buffer},
      {lowering::kThreadgroupArgument, Parameter::Kind::ThreadgroupMemory},
      {lowering::kTexture, Parameter::Kind::Texture},
      {lowering::kSampler, Parameter::Kind::Sampler}};
  for (const auto& [intrinsic, kind] : slots) {
    const llvm::Function* slot = module.getFunction(intrinsic);
    if (slot == nullptr) continue;
    for (const llvm::User* user : slot->users()) {
      const auto& call = llvm::cast<llvm::CallInst>(*user);
      if (const llvm::MDNode* place = call.getMetadata(kParameterMetadata)) {
        used.insert(static_cast<std::uint32_t>(
            llvm::mdconst::extract<llvm::ConstantInt>(place->getOperand(0))->getZExtValue()));
        continue;
      }
      // Calls that were joined no longer tell.
      const auto* index = llvm::dyn_cast<llvm::ConstantInt>(call.getArgOperand(0));
      for (std::uint32_t i = 0; i < function.parameters.size(); ++i)
        if (function.parameters[i].kind == kind &&
            (index == nullptr || index->getZExtValue() - function.parameters[i].binding.index <
                                     function.parameters[i].binding.array_length))
          used.insert(i);
    }
  }
  return {used.begin(), used.end()};
}

}  // namespace pymetal::pipeline
