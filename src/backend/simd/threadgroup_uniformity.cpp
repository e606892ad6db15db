// What is the same in all simdgroups of a threadgroup.
#include "backend/simd/threadgroup_uniformity.h"

#include "llvm/Analysis/TargetTransformInfoImpl.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

namespace pymetal::backend::simd {
namespace {

class ThreadgroupTargetInfo final : public llvm::TargetTransformInfoImplCRTPBase<ThreadgroupTargetInfo> {
 public:
  explicit ThreadgroupTargetInfo(const llvm::DataLayout& layout) : TargetTransformInfoImplCRTPBase(layout) {}

  bool hasBranchDivergence(const llvm::Function*) const override { return true; }

  llvm::InstructionUniformity getInstructionUniformity(const llvm::Value* value) const override {
    return may_differ(value) ? llvm::InstructionUniformity::NeverUniform : llvm::InstructionUniformity::Default;
  }

 private:
  static bool may_differ(const llvm::Value* value) {
    if (const auto* argument = llvm::dyn_cast<llvm::Argument>(value))
      return argument->getArgNo() == 0 || argument->getArgNo() == 4;
    // What a simdgroup holds that did not come by the way of the value must not pass for it.
    if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(value))
      return llvm::any_of(phi->incoming_values(), [](const llvm::Value* v) { return llvm::isa<llvm::UndefValue>(v); });
    if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(value)) return !load->isSimple();
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(value)) return !call->doesNotAccessMemory();
    return llvm::isa<llvm::AllocaInst, llvm::AtomicRMWInst, llvm::AtomicCmpXchgInst>(value);
  }
};

}  // namespace

llvm::TargetIRAnalysis threadgroup_target_analysis() {
  return llvm::TargetIRAnalysis([](const llvm::Function& function) {
    return llvm::TargetTransformInfo(std::make_unique<ThreadgroupTargetInfo>(function.getDataLayout()));
  });
}

}  // namespace pymetal::backend::simd
