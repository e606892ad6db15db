// Turns a canonical kernel into the function that runs one simdgroup on this machine.
#include "backend/simd/lower_to_simdgroups.h"

#include <cstddef>

#include "backend/cpu/coroutine.h"
#include "backend/cpu/lower_inputs.h"
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

/// Where an input of the simdgroup lies in its record.
std::optional<std::size_t> simdgroup_field(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<std::size_t>>(name)
      .Case(lowering::kFirstPosition, offsetof(SimdgroupState, first_position))
      .Case(lowering::kActiveMask, offsetof(SimdgroupState, mask))
      .Case(lowering::kSimdgroupIndexInput, offsetof(SimdgroupState, simdgroup_index_in_threadgroup))
      .Default(std::nullopt);
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
  void before_wait(llvm::IRBuilder<>& builder, llvm::CallInst&) override {
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
                        cpu::field(builder, function_->getArg(0), offsetof(SimdgroupState, status)));
  }

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
    const auto load = [&](std::size_t offset) {
      return cpu::load_invariant(builder_, pointer_, cpu::field(builder_, state_, offset));
    };
    if (llvm::Value* input =
            cpu::lower_threadgroup_input(builder_, call, [&] { return load(offsetof(SimdgroupState, threadgroup)); }))
      return input;
    if (name == lowering::kLanePositions) {
      llvm::Value* table = load(offsetof(SimdgroupState, positions));
      llvm::Type* row = llvm::ArrayType::get(builder_.getInt32Ty(), cpu::kSimdgroupWidth);
      llvm::Value* axis = builder_.CreateZExt(call.getArgOperand(0), builder_.getInt64Ty());
      llvm::Value* positions =
          cpu::load_invariant(builder_, call.getType(), builder_.CreateInBoundsGEP(row, table, axis));
      llvm::cast<llvm::LoadInst>(positions)->setAlignment(llvm::Align(4));
      return positions;
    }
    const std::optional<std::size_t> offset = simdgroup_field(name);
    if (!offset)
      throw PipelineError("The kernel uses an operation that this device does not know (" + name.str() + ").");
    return cpu::load_input(builder_, call, state_, *offset);
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
