// Tells LLVM which memory no thread changes.
#include "lowering/mark_constant_loads.h"

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {

llvm::PreservedAnalyses MarkConstantLoads::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
    if (load == nullptr || !load->isSimple()) continue;
    const auto* argument =
        llvm::dyn_cast<llvm::CallInst>(llvm::getUnderlyingObject(load->getPointerOperand(), /*MaxLookup=*/0));
    if (argument != nullptr && argument->hasMetadata(kConstantArgument))
      load->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(function.getContext(), {}));
  }
  return llvm::PreservedAnalyses::all();
}

}  // namespace pymetal::lowering
