// Turns a canonical kernel into the function that runs one simdgroup on this machine.
#include "backend/simd/lower_to_simdgroups.h"

#include <cstddef>

#include "backend/cpu/coroutine.h"
#include "backend/cpu/lower_log.h"
#include "backend/simd/optimize.h"
#include "backend/simd/simdgroup_state.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/InstIterator.h"
#include "lowering/intrinsics.h"
#include "lowering/widen/widen_simdgroup.h"
#include "pymetal/error.h"

namespace pymetal::backend::simd {
namespace {

using cpu::ThreadgroupState;

/// Where an input lies: in the record of the simdgroup or in that of its threadgroup.
struct InputField {
  bool is_of_simdgroup;
  std::size_t offset;
};

std::optional<InputField> input_field(llvm::StringRef name) {
#define SIMDGROUP_FIELD(name, field) .Case(name, InputField{true, offsetof(SimdgroupState, field)})
#define GROUP_FIELD(field) .Case("mtl." #field, InputField{false, offsetof(ThreadgroupState, field)})
  // clang-format off
  return llvm::StringSwitch<std::optional<InputField>>(name)
      SIMDGROUP_FIELD("mtl.simdgroup.first_position", first_position)
      SIMDGROUP_FIELD("mtl.simdgroup.mask", mask)
      SIMDGROUP_FIELD("mtl.simdgroup_index_in_threadgroup", simdgroup_index_in_threadgroup)
      GROUP_FIELD(threadgroup_position_in_grid)
      GROUP_FIELD(threads_per_grid)
      GROUP_FIELD(threads_per_threadgroup)
      GROUP_FIELD(dispatch_threads_per_threadgroup)
      GROUP_FIELD(threadgroups_per_grid)
      GROUP_FIELD(grid_origin)
      GROUP_FIELD(simdgroups_per_threadgroup)
      GROUP_FIELD(dispatch_simdgroups_per_threadgroup)
      GROUP_FIELD(quadgroups_per_threadgroup)
      GROUP_FIELD(dispatch_quadgroups_per_threadgroup)
      .Case("mtl.grid_size", InputField{false, offsetof(ThreadgroupState, threads_per_grid)})
      .Default(std::nullopt);
  // clang-format on
#undef SIMDGROUP_FIELD
#undef GROUP_FIELD
}

class SimdgroupLowering final : public cpu::CoroutineHooks {
 public:
  explicit SimdgroupLowering(llvm::Module& module)
      : module_(module), builder_(module.getContext()), pointer_(builder_.getPtrTy()) {}

  /// Gives every input its place, and returns whether the kernel waits at barriers.
  bool run() {
    llvm::Function* kernel = module_.getFunction(lowering::kKernelEntry);
    const bool waits = !find_waits(*kernel).empty();
    llvm::Type* result = !waits ? builder_.getVoidTy() : pointer_;
    function_ = llvm::Function::Create(llvm::FunctionType::get(result, {pointer_}, false),
                                       llvm::GlobalValue::ExternalLinkage, kSimdgroupFunction, module_);
    function_->addFnAttr(llvm::Attribute::NoUnwind);
    function_->addParamAttr(0, llvm::Attribute::NoAlias);
    function_->splice(function_->begin(), kernel);
    kernel->eraseFromParent();
    state_ = function_->getArg(0);
    lower_inputs();
    return waits;
  }

  void make_coroutine() { cpu::make_coroutine(*function_, find_waits(*function_), kAllocateSimdgroupFrame, *this); }

  void before_return(llvm::IRBuilder<>& builder) override { store_status(builder, SimdgroupStatus::Finished); }
  void before_wait(llvm::IRBuilder<>& builder, llvm::CallInst&, unsigned) override {
    store_status(builder, SimdgroupStatus::AtBarrier);
  }
  void after_wait(llvm::IRBuilder<>&, llvm::CallInst&) override {}

 private:
  static bool is_call_of(const llvm::Instruction& instruction, llvm::StringRef name) {
    const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
    return call != nullptr && call->getCalledFunction() != nullptr && call->getCalledFunction()->getName() == name;
  }

  static llvm::SmallVector<llvm::CallInst*, 8> find_waits(llvm::Function& function) {
    llvm::SmallVector<llvm::CallInst*, 8> waits;
    for (llvm::Instruction& instruction : llvm::instructions(function))
      if (is_call_of(instruction, lowering::kThreadgroupBarrier))
        waits.push_back(llvm::cast<llvm::CallInst>(&instruction));
    return waits;
  }

  void store_status(llvm::IRBuilder<>& builder, SimdgroupStatus status) {
    builder.CreateStore(builder.getInt32(static_cast<std::uint32_t>(status)),
                        builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), function_->getArg(0),
                                                           offsetof(SimdgroupState, status)));
  }

  llvm::Value* field(llvm::Value* record, std::size_t offset) {
    return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), record, offset);
  }

  /// Loads what never changes while the simdgroup runs.
  llvm::Value* load_invariant(llvm::Type* type, llvm::Value* address) {
    llvm::LoadInst* load = builder_.CreateLoad(type, address);
    load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(module_.getContext(), {}));
    return load;
  }

  llvm::Value* threadgroup() { return load_invariant(pointer_, field(state_, offsetof(SimdgroupState, threadgroup))); }

  void lower_inputs() {
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(*function_))) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      const llvm::Function* callee = call ? call->getCalledFunction() : nullptr;
      if (callee == nullptr || !callee->getName().starts_with(lowering::kIntrinsicPrefix)) continue;
      if (callee->getName() == lowering::kThreadgroupBarrier) continue;
      if (callee->getName() == lowering::kLog) {
        cpu::lower_log(*call);
        continue;
      }
      // What does not change is read where the function begins.
      const bool is_constant = llvm::all_of(call->args(), [](llvm::Value* v) { return llvm::isa<llvm::Constant>(v); });
      if (is_constant)
        builder_.SetInsertPoint(&function_->getEntryBlock(), function_->getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
      else
        builder_.SetInsertPoint(call);
      call->replaceAllUsesWith(lower_input(*call, callee->getName()));
      call->eraseFromParent();
    }
  }

  llvm::Value* lower_input(llvm::CallInst& call, llvm::StringRef name) {
    const auto index = [&] { return builder_.CreateZExt(call.getArgOperand(0), builder_.getInt64Ty()); };
    llvm::Type* word = builder_.getInt32Ty();
    if (name == lowering::kBuffer) {
      llvm::Value* table = load_invariant(pointer_, field(threadgroup(), offsetof(ThreadgroupState, buffers)));
      return load_invariant(call.getType(), builder_.CreateInBoundsGEP(builder_.getInt64Ty(), table, index()));
    }
    if (name == lowering::kThreadgroupMemory || name == lowering::kThreadgroupArgument) {
      llvm::Value* memory = load_invariant(builder_.getPtrTy(lowering::kThreadgroupSpace),
                                           field(threadgroup(), offsetof(ThreadgroupState, threadgroup_memory)));
      if (name == lowering::kThreadgroupMemory) return memory;
      llvm::Value* table =
          load_invariant(pointer_, field(threadgroup(), offsetof(ThreadgroupState, threadgroup_argument_offsets)));
      llvm::Value* offset = load_invariant(word, builder_.CreateInBoundsGEP(word, table, index()));
      return builder_.CreateInBoundsGEP(builder_.getInt8Ty(), memory,
                                        builder_.CreateZExt(offset, builder_.getInt64Ty()));
    }
    if (name == lowering::kLanePositions) {
      llvm::Value* table = load_invariant(pointer_, field(state_, offsetof(SimdgroupState, positions)));
      llvm::Type* row = llvm::ArrayType::get(word, cpu::kSimdgroupWidth);
      llvm::LoadInst* positions =
          builder_.CreateAlignedLoad(call.getType(), builder_.CreateInBoundsGEP(row, table, index()), llvm::Align(4));
      positions->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(module_.getContext(), {}));
      return positions;
    }
    if (name == "mtl.threads_per_simdgroup") return builder_.getInt32(cpu::kSimdgroupWidth);
    const std::optional<InputField> place = input_field(name);
    if (!place)
      throw PipelineError("The kernel uses an operation that this device does not know (" + name.str() + ").");
    llvm::Value* base = field(place->is_of_simdgroup ? state_ : threadgroup(), place->offset);
    if (call.arg_size() > 0) base = builder_.CreateInBoundsGEP(word, base, index());
    return load_invariant(word, base);
  }

  llvm::Module& module_;
  llvm::IRBuilder<> builder_;
  llvm::PointerType* pointer_;
  llvm::Function* function_ = nullptr;
  llvm::Value* state_ = nullptr;
};

}  // namespace

LoweredKernel lower_to_simdgroups(llvm::Module& module, llvm::TargetMachine& target, lowering::ThreadLayout layout) {
  lowering::widen_simdgroup(module, layout);
  module.setTargetTriple(target.getTargetTriple());
  module.setDataLayout(target.createDataLayout());
  SimdgroupLowering lowering(module);
  LoweredKernel lowered;
  lowered.suspends = lowering.run();
  optimize(module, target);
  if (lowered.suspends) {
    lowering.make_coroutine();
    split_coroutines(module, target);
  }
  return lowered;
}

}  // namespace pymetal::backend::simd
