// Aligns the stack of the machine code for the vectors that it keeps there.
#include "backend/simd/align_stack.h"

#include "llvm/IR/IRBuilder.h"

namespace pymetal::backend::simd {
namespace {

/// That of the longest vectors, and of a line of the cache.
constexpr unsigned kStackAlignment = 64;

}  // namespace

void expect_aligned_stack(llvm::Module& module) {
  if (module.getTargetTriple().isX86()) module.setOverrideStackAlignment(kStackAlignment);
}

void align_stack(llvm::Function& function) {
  llvm::Module& module = *function.getParent();
  if (module.getOverrideStackAlignment() == 0) return;
  llvm::Function* outer =
      llvm::Function::Create(function.getFunctionType(), llvm::GlobalValue::ExternalLinkage, "", module);
  outer->takeName(&function);
  outer->addFnAttr(llvm::Attribute::NoUnwind);
  outer->addFnAttr("stackrealign");
  function.setName(outer->getName() + ".aligned");
  function.setLinkage(llvm::GlobalValue::InternalLinkage);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module.getContext(), "", outer));
  const llvm::SmallVector<llvm::Value*, 4> arguments(llvm::make_pointer_range(outer->args()));
  // A jump in place of the call would come with the stack of the caller.
  builder.CreateCall(&function, arguments)->setTailCallKind(llvm::CallInst::TCK_NoTail);
  builder.CreateRetVoid();
}

}  // namespace pymetal::backend::simd
