// Lets a kernel hand its messages to the host.
#include "backend/cpu/lower_log.h"

#include "backend/shader_log.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

namespace pymetal::backend::cpu {

void lower_log(llvm::CallInst& call) {
  llvm::IRBuilder<> builder(&call);
  llvm::SmallVector<llvm::Value*, 6> arguments;
  llvm::SmallVector<llvm::Type*, 6> types;
  for (llvm::Value* argument : call.args()) {
    if (argument->getType()->isPointerTy()) argument = builder.CreateAddrSpaceCast(argument, builder.getPtrTy());
    arguments.push_back(argument);
    types.push_back(argument->getType());
  }
  auto* type = llvm::FunctionType::get(builder.getVoidTy(), types, false);
  builder.CreateCall(call.getModule()->getOrInsertFunction(kDeliverLog, type), arguments);
  call.eraseFromParent();
}

}  // namespace pymetal::backend::cpu
