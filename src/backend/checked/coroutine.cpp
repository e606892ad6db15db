// Makes a coroutine of a function that waits: it stops at each wait, and goes on when it is resumed.
#include "backend/checked/coroutine.h"

#include "backend/checked/frame_slab.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/Coroutines/CoroCleanup.h"
#include "llvm/Transforms/Coroutines/CoroEarly.h"
#include "llvm/Transforms/Coroutines/CoroSplit.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

namespace pymetal::backend::checked {
namespace {

llvm::CallInst* intrinsic(llvm::IRBuilder<>& builder, llvm::Intrinsic::ID id, llvm::ArrayRef<llvm::Value*> arguments) {
  llvm::Module* module = builder.GetInsertBlock()->getModule();
  return builder.CreateCall(llvm::Intrinsic::getOrInsertDeclaration(module, id), arguments);
}

}  // namespace

void make_coroutine(llvm::Function& function, llvm::ArrayRef<llvm::CallInst*> waits, const char* allocate,
                    CoroutineHooks& hooks) {
  llvm::LLVMContext& context = function.getContext();
  llvm::Module& module = *function.getParent();
  llvm::IRBuilder<> builder(context);
  llvm::PointerType* pointer = builder.getPtrTy();
  function.setPresplitCoroutine();
  llvm::BasicBlock* body = &function.getEntryBlock();
  auto* entry = llvm::BasicBlock::Create(context, "coroutine", &function, body);
  auto* begin = llvm::BasicBlock::Create(context, "begin", &function, body);
  auto* no_memory = llvm::BasicBlock::Create(context, "no_memory", &function);
  auto* leave = llvm::BasicBlock::Create(context, "leave", &function);
  auto* null = llvm::ConstantPointerNull::get(pointer);

  builder.SetInsertPoint(entry);
  llvm::Value* id = intrinsic(builder, llvm::Intrinsic::coro_id, {builder.getInt32(kFrameAlignment), null, null, null});
  llvm::Value* size = builder.CreateIntrinsic(llvm::Intrinsic::coro_size, {builder.getInt64Ty()}, {});
  const llvm::FunctionCallee allocator = module.getOrInsertFunction(allocate, pointer, pointer, builder.getInt64Ty());
  llvm::Value* memory = builder.CreateCall(allocator, {function.getArg(0), size});
  builder.CreateCondBr(builder.CreateICmpEQ(memory, null), no_memory, begin);

  builder.SetInsertPoint(no_memory);
  builder.CreateRet(null);

  builder.SetInsertPoint(begin);
  llvm::Value* handle = intrinsic(builder, llvm::Intrinsic::coro_begin, {id, memory});
  // Local variables stay where they are declared: on the path that every thread takes.
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(*body))
    if (llvm::isa<llvm::AllocaInst>(instruction)) instruction.moveBefore(*begin, begin->end());
  builder.SetInsertPoint(begin);
  builder.CreateBr(body);

  builder.SetInsertPoint(leave);
  intrinsic(builder, llvm::Intrinsic::coro_end, {null, builder.getFalse(), llvm::ConstantTokenNone::get(context)});
  builder.CreateRet(handle);

  for (llvm::BasicBlock& block : function) {
    auto* ret = llvm::dyn_cast<llvm::ReturnInst>(block.getTerminator());
    if (ret == nullptr || ret->getReturnValue() != nullptr) continue;
    builder.SetInsertPoint(ret);
    hooks.before_return(builder);
    builder.CreateBr(leave);
    ret->eraseFromParent();
  }
  for (llvm::CallInst* call : waits) {
    llvm::CallInst& wait = *call;
    builder.SetInsertPoint(&wait);
    hooks.before_wait(builder, wait);
    llvm::Value* state =
        intrinsic(builder, llvm::Intrinsic::coro_suspend, {llvm::ConstantTokenNone::get(context), builder.getFalse()});
    llvm::BasicBlock* before = wait.getParent();
    llvm::BasicBlock* after = before->splitBasicBlock(&wait, "resumed");
    before->getTerminator()->eraseFromParent();
    builder.SetInsertPoint(before);
    llvm::SwitchInst* branch = builder.CreateSwitch(state, leave, 2);
    branch->addCase(builder.getInt8(0), after);
    branch->addCase(builder.getInt8(1), leave);
    builder.SetInsertPoint(&wait);
    hooks.after_wait(builder, wait);
    wait.eraseFromParent();
  }
}

void add_coroutine_passes(llvm::ModulePassManager& passes) {
  passes.addPass(llvm::CoroEarlyPass());
  llvm::CGSCCPassManager split;
  split.addPass(llvm::CoroSplitPass());
  passes.addPass(llvm::createModuleToPostOrderCGSCCPassAdaptor(std::move(split)));
  passes.addPass(llvm::CoroCleanupPass());
}

}  // namespace pymetal::backend::checked
