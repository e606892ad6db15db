// Turns a canonical kernel into the function that runs the simdgroups of a threadgroup on this machine.
#include "backend/simd/lower_to_simdgroups.h"

#include <cstddef>

#include "backend/cpu/instrument.h"
#include "backend/cpu/lower_inputs.h"
#include "backend/cpu/lower_log.h"
#include "backend/simd/align_stack.h"
#include "backend/simd/jam_simdgroups.h"
#include "backend/simd/keep_across_barriers.h"
#include "backend/simd/loop_over_simdgroups.h"
#include "backend/simd/optimize.h"
#include "backend/simd/separate_spaces.h"
#include "backend/simd/shorten_loops.h"
#include "backend/simd/simdgroup_state.h"
#include "backend/simd/store_past_caches.h"
#include "backend/simd/walk_tiles.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/InstIterator.h"
#include "lowering/intrinsics.h"
#include "lowering/pass_analyses.h"
#include "lowering/split_headers.h"
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

/// Where the function of a simdgroup finds what it works on; the last two are the first of those that run one after the
/// other, and how many came before.
enum Parameter : unsigned { kSimdgroup, kThreadgroup, kContext, kFirstSimdgroup, kIndex };

class InputLowering {
 public:
  InputLowering(llvm::Module& module, lowering::ThreadLayout layout)
      : module_(module), layout_(layout), builder_(module.getContext()), pointer_(builder_.getPtrTy()) {}

  /// Gives every input of the kernel its place.
  llvm::Function* run() {
    llvm::Function* kernel = module_.getFunction(lowering::kKernelEntry);
    llvm::FunctionType* type = llvm::FunctionType::get(
        builder_.getVoidTy(), {pointer_, pointer_, pointer_, pointer_, builder_.getInt32Ty()}, false);
    function_ = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, "pymetal_run_simdgroup", module_);
    function_->addFnAttr(llvm::Attribute::NoUnwind);
    for (const Parameter parameter : {kSimdgroup, kThreadgroup, kContext})
      function_->addParamAttr(parameter, llvm::Attribute::NoAlias);
    function_->splice(function_->begin(), kernel);
    kernel->eraseFromParent();
    lower_inputs();
    return function_;
  }

 private:
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
    llvm::Value* simdgroup = function_->getArg(kSimdgroup);
    if (llvm::Value* input =
            cpu::lower_threadgroup_input(builder_, call, [&] { return function_->getArg(kThreadgroup); }))
      return input;
    if (name == lowering::kLanePositions) {
      llvm::Value* table =
          cpu::load_invariant(builder_, pointer_, cpu::field(builder_, simdgroup, offsetof(SimdgroupState, positions)));
      llvm::Type* row = llvm::ArrayType::get(builder_.getInt32Ty(), cpu::kSimdgroupWidth);
      llvm::Value* axis = builder_.CreateZExt(call.getArgOperand(0), builder_.getInt64Ty());
      llvm::LoadInst* positions =
          cpu::load_invariant(builder_, call.getType(), builder_.CreateInBoundsGEP(row, table, axis));
      positions->setAlignment(llvm::Align(4));
      return positions;
    }
    if (layout_.is_one_row && name == lowering::kFirstPosition)
      if (const auto* component = llvm::dyn_cast<llvm::ConstantInt>(call.getArgOperand(0)))
        return component->isZero() ? position_in_row() : builder_.getInt32(0);
    const std::optional<std::size_t> offset = simdgroup_field(name);
    if (!offset)
      throw PipelineError("The kernel uses an operation that this device does not know (" + name.str() + ").");
    return cpu::load_input(builder_, call, simdgroup, *offset);
  }

  /// So LLVM sees one stretch of memory where simdgroups follow each other.
  llvm::Value* position_in_row() {
    llvm::Value* first = cpu::load_invariant(
        builder_, builder_.getInt32Ty(),
        cpu::field(builder_, function_->getArg(kFirstSimdgroup), offsetof(SimdgroupState, first_position)));
    llvm::Value* before = builder_.CreateNUWMul(function_->getArg(kIndex), builder_.getInt32(cpu::kSimdgroupWidth));
    return builder_.CreateNUWAdd(first, before);
  }

  llvm::Module& module_;
  lowering::ThreadLayout layout_;
  llvm::IRBuilder<> builder_;
  llvm::PointerType* pointer_;
  llvm::Function* function_ = nullptr;
};

}  // namespace

LoweredKernel lower_to_simdgroups(llvm::Module& module, llvm::TargetMachine& target, lowering::ThreadLayout layout) {
  lowering::widen_simdgroup(module, layout);
  module.setTargetTriple(target.getTargetTriple());
  expect_aligned_stack(module);
  module.setDataLayout(target.createDataLayout());
  llvm::Function* simdgroup = InputLowering(module, layout).run();
  separate_spaces(*simdgroup);
  LoweredKernel lowered;
  lowered.waits = llvm::any_of(llvm::instructions(*simdgroup), is_threadgroup_barrier);
  // What lives across barriers shows once the code is simple.
  if (lowered.waits) {
    optimize(module, target);
    lowering::PassAnalyses analyses{llvm::TargetIRAnalysis()};
    lowering::SplitHeaders::run(*simdgroup, analyses.functions);
  }
  const BarrierRegions regions(*simdgroup);
  const KeptValues kept = keep_across_barriers(*simdgroup, regions);
  llvm::Function* simdgroups = loop_over_simdgroups(*simdgroup, regions, kept);
  lowered.context_bytes = kept.context_bytes;
  if (lowered.waits)
    optimize_regions(module, target);
  else
    optimize(module, target);
  walk_tiles(*simdgroups);
  if (jam_simdgroups(*simdgroups, target)) clean_up(module, target);
  shorten_loops(*simdgroups);
  if (layout.in_rows) store_past_caches(*simdgroups, target, layout.is_one_row);
  finish(module, target);
  align_stack(*simdgroups);
  cpu::check_addresses(module, target);
  return lowered;
}

}  // namespace pymetal::backend::simd
