// Turns a canonical kernel into the function that runs one thread of the grid on this machine.
#include "backend/checked/lower_to_threads.h"

#include <algorithm>
#include <cstddef>

#include "backend/checked/check_accesses.h"
#include "backend/checked/coroutine.h"
#include "backend/checked/cross_lane.h"
#include "backend/checked/thread_state.h"
#include "backend/cpu/instrument.h"
#include "backend/cpu/lower_inputs.h"
#include "backend/cpu/lower_log.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Utils/FixIrreducible.h"
#include "llvm/Transforms/Utils/LowerSwitch.h"
#include "lowering/block_order.h"
#include "lowering/carry_bfloat.h"
#include "lowering/expand_fma.h"
#include "lowering/intrinsics.h"
#include "lowering/pass_analyses.h"
#include "lowering/saturate_halves.h"
#include "pymetal/error.h"

namespace pymetal::backend::checked {
namespace {

/// Where an input of the thread lies in its record.
std::optional<std::size_t> thread_field(llvm::StringRef name) {
#define FIELD(field) .Case("mtl." #field, offsetof(ThreadState, field))
  // clang-format off
  return llvm::StringSwitch<std::optional<std::size_t>>(name)
      FIELD(thread_position_in_grid)
      FIELD(thread_position_in_threadgroup)
      FIELD(thread_index_in_threadgroup)
      FIELD(thread_index_in_simdgroup)
      FIELD(simdgroup_index_in_threadgroup)
      FIELD(thread_index_in_quadgroup)
      FIELD(quadgroup_index_in_threadgroup)
      .Case(lowering::kSimdLane, offsetof(ThreadState, thread_index_in_simdgroup))
      .Default(std::nullopt);
  // clang-format on
#undef FIELD
}

class ThreadLowering final : public CoroutineHooks {
 public:
  explicit ThreadLowering(llvm::Module& module)
      : module_(module), context_(module.getContext()), builder_(context_), pointer_(builder_.getPtrTy()) {}

  bool run() {
    llvm::Function* kernel = module_.getFunction(lowering::kKernelEntry);
    collect_suspensions(*kernel);
    take_body(*kernel);
    make_room_for_progress();
    check_accesses(*function_, thread_);
    lower_inputs();
    if (suspends()) make_coroutine(*function_, suspensions_, kAllocateFrame, *this);
    return suspends();
  }

 private:
  bool suspends() const { return !suspensions_.empty(); }

  static bool is_suspension(const llvm::Instruction& instruction) {
    const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
    const llvm::Function* callee = call ? call->getCalledFunction() : nullptr;
    if (callee == nullptr) return false;
    const llvm::StringRef name = callee->getName();
    return name == lowering::kThreadgroupBarrier || name == lowering::kSimdgroupBarrier ||
           (name.starts_with(lowering::kSimdPrefix) && name != lowering::kSimdLane);
  }

  /// Finds the calls at which threads wait for each other, and how far a thread that waits there has come.
  void collect_suspensions(llvm::Function& kernel) {
    if (llvm::none_of(llvm::instructions(kernel), is_suspension)) return;
    lowering::PassAnalyses analyses{llvm::TargetIRAnalysis()};
    llvm::FunctionPassManager passes;
    passes.addPass(llvm::LowerSwitchPass());
    passes.addPass(llvm::FixIrreduciblePass());
    passes.run(kernel, analyses.functions);
    const auto& loops = analyses.functions.getResult<llvm::LoopAnalysis>(kernel);
    std::uint32_t place = 0;
    for (llvm::BasicBlock* block : lowering::order_blocks(kernel, loops)) {
      places_[block] = place++;
      for (llvm::Instruction& instruction : *block) {
        if (!is_suspension(instruction)) continue;
        auto* call = llvm::cast<llvm::CallInst>(&instruction);
        suspensions_.push_back(call);
        Progress& progress = progress_[call];
        for (llvm::Loop* loop = loops.getLoopFor(block); loop != nullptr; loop = loop->getParentLoop()) {
          // Backwards: the innermost comes last.
          progress.push_back(count_rounds(*loop));
          progress.push_back(builder_.getInt32(places_.at(loop->getHeader())));
        }
        std::reverse(progress.begin(), progress.end());
        progress.push_back(builder_.getInt32(place++));
      }
    }
  }

  /// The number of the loop's round, which its header counts.
  llvm::Value* count_rounds(llvm::Loop& loop) {
    llvm::PHINode*& round = rounds_[&loop];
    if (round != nullptr) return round;
    llvm::BasicBlock* header = loop.getHeader();
    builder_.SetInsertPoint(header, header->begin());
    round = builder_.CreatePHI(builder_.getInt32Ty(), 2, "round");
    builder_.SetInsertPoint(header, header->getFirstInsertionPt());
    llvm::Value* next = builder_.CreateAdd(round, builder_.getInt32(1));
    for (llvm::BasicBlock* from : llvm::predecessors(header))
      round->addIncoming(loop.contains(from) ? next : builder_.getInt32(0), from);
    return round;
  }

  void take_body(llvm::Function& kernel) {
    llvm::Type* result = suspends() ? pointer_ : builder_.getVoidTy();
    function_ = llvm::Function::Create(llvm::FunctionType::get(result, {pointer_}, false),
                                       llvm::GlobalValue::ExternalLinkage, kThreadFunction, module_);
    function_->addFnAttr(llvm::Attribute::NoUnwind);
    function_->splice(function_->begin(), &kernel);
    kernel.eraseFromParent();
    thread_ = function_->getArg(0);
  }

  void make_room_for_progress() {
    std::size_t longest = 0;
    for (const auto& [call, progress] : progress_) longest = std::max(longest, progress.size());
    if (longest == 0) return;
    llvm::BasicBlock& entry = function_->getEntryBlock();
    builder_.SetInsertPoint(&entry, entry.begin());
    progress_memory_ = builder_.CreateAlloca(llvm::ArrayType::get(builder_.getInt32Ty(), longest));
  }

  void store_progress(const llvm::CallInst& wait) {
    const Progress& progress = progress_.find(&wait)->second;
    for (unsigned i = 0; i < progress.size(); ++i)
      builder_.CreateStore(progress[i], builder_.CreateConstGEP1_32(builder_.getInt32Ty(), progress_memory_, i));
    builder_.CreateStore(builder_.getInt32(progress.size()), field(offsetof(ThreadState, progress_length)));
    builder_.CreateStore(progress_memory_, field(offsetof(ThreadState, progress)));
  }

  /// The address of a field of the thread's record.
  llvm::Value* field(std::size_t offset) { return cpu::field(builder_, thread_, offset); }

  void lower_inputs() {
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(*function_))) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      llvm::Function* callee = call ? call->getCalledFunction() : nullptr;
      if (callee == nullptr || !callee->getName().starts_with(lowering::kIntrinsicPrefix)) continue;
      if (llvm::is_contained(suspensions_, call)) continue;
      builder_.SetInsertPoint(call);
      if (callee->getName() == lowering::kNever) {
        call->replaceAllUsesWith(builder_.getFalse());
        call->eraseFromParent();
        continue;
      }
      if (callee->getName() == lowering::kLog) {
        cpu::lower_log(*call);
        continue;
      }
      call->replaceAllUsesWith(lower_input(*call, callee->getName()));
      call->eraseFromParent();
    }
  }

  llvm::Value* lower_input(llvm::CallInst& call, llvm::StringRef name) {
    const auto threadgroup = [&] {
      return cpu::load_invariant(builder_, pointer_, field(offsetof(ThreadState, threadgroup)));
    };
    if (llvm::Value* input = cpu::lower_threadgroup_input(builder_, call, threadgroup)) return input;
    const std::optional<std::size_t> offset = thread_field(name);
    if (!offset)
      throw PipelineError("The kernel uses an operation that this device does not know (" + name.str() + ").");
    return cpu::load_input(builder_, call, thread_, *offset);
  }

  void store_status(ThreadStatus status) {
    builder_.CreateStore(builder_.getInt32(static_cast<std::uint32_t>(status)), field(offsetof(ThreadState, status)));
  }

  /// A value as 64 bits, and back.
  llvm::Value* to_bits(llvm::Value* value) {
    if (!value->getType()->isIntegerTy())
      value = builder_.CreateBitCast(
          value, builder_.getIntNTy(static_cast<unsigned>(value->getType()->getPrimitiveSizeInBits().getFixedValue())));
    return builder_.CreateZExtOrTrunc(value, builder_.getInt64Ty());
  }
  llvm::Value* from_bits(llvm::Value* bits, llvm::Type* type) {
    bits = builder_.CreateTrunc(
        bits, builder_.getIntNTy(static_cast<unsigned>(type->getPrimitiveSizeInBits().getFixedValue())));
    return type->isIntegerTy() ? bits : builder_.CreateBitCast(bits, type);
  }

  void before_return(llvm::IRBuilder<>& builder) override {
    builder_.SetInsertPoint(builder.GetInsertBlock(), builder.GetInsertPoint());
    store_status(ThreadStatus::Finished);
  }

  void before_wait(llvm::IRBuilder<>& builder, llvm::CallInst& call) override {
    builder_.SetInsertPoint(builder.GetInsertBlock(), builder.GetInsertPoint());
    const llvm::StringRef name = call.getCalledFunction()->getName();
    if (name == lowering::kThreadgroupBarrier) return store_status(ThreadStatus::AtBarrier);
    store_progress(call);
    std::optional<CrossLaneOperation> operation = CrossLaneOperation{CrossLaneKind::Barrier, CrossLaneType::U32};
    if (name != lowering::kSimdgroupBarrier) {
      operation = CrossLaneOperation::from_name(name.drop_front(lowering::kSimdPrefix.size()));
      if (!operation)
        throw PipelineError("The kernel uses an operation that this device does not know (" + name.str() + ").");
      constexpr std::size_t fields[] = {offsetof(ThreadState, value), offsetof(ThreadState, operand),
                                        offsetof(ThreadState, addend)};
      for (unsigned i = 0; i < call.arg_size(); ++i)
        builder_.CreateStore(to_bits(call.getArgOperand(i)), field(fields[i]));
    }
    builder_.CreateStore(builder_.getInt32(operation->encode()), field(offsetof(ThreadState, operation)));
    store_status(ThreadStatus::AtCrossLane);
  }

  void after_wait(llvm::IRBuilder<>& builder, llvm::CallInst& call) override {
    if (call.getType()->isVoidTy()) return;
    builder_.SetInsertPoint(builder.GetInsertBlock(), builder.GetInsertPoint());
    llvm::Value* bits = builder_.CreateLoad(builder_.getInt64Ty(), field(offsetof(ThreadState, result)));
    call.replaceAllUsesWith(from_bits(bits, call.getType()));
  }

  llvm::Module& module_;
  llvm::LLVMContext& context_;
  llvm::IRBuilder<> builder_;
  llvm::PointerType* pointer_;
  llvm::SmallVector<llvm::CallInst*, 16> suspensions_;
  /// What ThreadState::progress is at each suspension.
  using Progress = llvm::SmallVector<llvm::Value*, 4>;
  llvm::DenseMap<const llvm::CallInst*, Progress> progress_;
  llvm::AllocaInst* progress_memory_ = nullptr;
  llvm::DenseMap<const llvm::BasicBlock*, std::uint32_t> places_;
  llvm::DenseMap<const llvm::Loop*, llvm::PHINode*> rounds_;
  llvm::Function* function_ = nullptr;
  llvm::Value* thread_ = nullptr;
};

void optimize(llvm::Module& module, llvm::TargetMachine& target) {
  lowering::PassAnalyses analyses(target);
  llvm::ModulePassManager passes;
  add_coroutine_passes(passes);
  llvm::FunctionPassManager simplify;
  simplify.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  simplify.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  simplify.addPass(llvm::InstCombinePass());
  simplify.addPass(llvm::SimplifyCFGPass());
  if (target.getTargetTriple().isX86()) simplify.addPass(lowering::SaturateHalves());
  simplify.addPass(lowering::CarryBfloat());
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(simplify)));
  if (target.getTargetTriple().isX86() && !target.getMCSubtargetInfo()->checkFeatures("+fma"))
    passes.addPass(lowering::ExpandFma());
  passes.run(module, analyses.modules);
}

}  // namespace

LoweredKernel lower_to_threads(llvm::Module& module, llvm::TargetMachine& target) {
  module.setTargetTriple(target.getTargetTriple());
  module.setDataLayout(target.createDataLayout());
  LoweredKernel lowered;
  cpu::check_bounds(module, target);
  lowered.suspends = ThreadLowering(module).run();
  optimize(module, target);
  cpu::check_addresses(module, target);
  cpu::check_races(module, target);
  return lowered;
}

}  // namespace pymetal::backend::checked
