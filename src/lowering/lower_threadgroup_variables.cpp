// Gives every threadgroup variable of a module its place in threadgroup memory.
#include "lowering/lower_threadgroup_variables.h"

#include <algorithm>

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Support/MathExtras.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {
namespace {

/// Programs read threadgroup arrays as vectors of up to 16 bytes.
constexpr std::uint64_t kMinimumAlignment = 16;

}  // namespace

std::uint64_t lower_threadgroup_variables(llvm::Module& module) {
  llvm::Function* variable = module.getFunction(kThreadgroupVariable);
  if (variable == nullptr) return 0;
  const llvm::FunctionCallee base =
      module.getOrInsertFunction(kThreadgroupMemory, llvm::PointerType::get(module.getContext(), kThreadgroupSpace));
  std::uint64_t size = 0;
  // In order of the text, so that the layout does not depend on the order of use lists.
  for (llvm::Function& function : module) {
    for (llvm::BasicBlock& block : function) {
      for (llvm::Instruction& instruction : llvm::make_early_inc_range(block)) {
        auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
        if (call == nullptr || call->getCalledFunction() != variable) continue;
        const std::uint64_t bytes = llvm::cast<llvm::ConstantInt>(call->getArgOperand(0))->getZExtValue();
        const std::uint64_t alignment = llvm::cast<llvm::ConstantInt>(call->getArgOperand(1))->getZExtValue();
        size = llvm::alignTo(size, std::max(alignment, kMinimumAlignment));
        llvm::IRBuilder<> builder(call);
        llvm::Value* address = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), builder.CreateCall(base), size);
        call->replaceAllUsesWith(builder.CreateAddrSpaceCast(address, call->getType()));
        call->eraseFromParent();
        size += bytes;
      }
    }
  }
  variable->eraseFromParent();
  return llvm::alignTo(size, kMinimumAlignment);
}

}  // namespace pymetal::lowering
