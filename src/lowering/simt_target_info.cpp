// The target as LLVM's passes must see it while code is still written for one thread of many.
#include "lowering/simt_target_info.h"

#include "llvm/Analysis/TargetTransformInfoImpl.h"
#include "llvm/IR/InstrTypes.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {
namespace {

class SimtTargetInfo final : public llvm::TargetTransformInfoImplCRTPBase<SimtTargetInfo> {
 public:
  explicit SimtTargetInfo(const llvm::DataLayout& layout) : TargetTransformInfoImplCRTPBase(layout) {}

  bool hasBranchDivergence(const llvm::Function*) const override { return true; }
  unsigned getFlatAddressSpace() const override { return kGenericSpace; }

  llvm::InstructionUniformity getInstructionUniformity(const llvm::Value* value) const override {
    const auto* call = llvm::dyn_cast<llvm::CallBase>(value);
    const llvm::Function* callee = call ? call->getCalledFunction() : nullptr;
    if (callee != nullptr && callee->getName().starts_with(kIntrinsicPrefix))
      return is_uniform(callee->getName().drop_front(kIntrinsicPrefix.size()))
                 ? llvm::InstructionUniformity::AlwaysUniform
                 : llvm::InstructionUniformity::NeverUniform;
    if (llvm::isa<llvm::AtomicRMWInst, llvm::AtomicCmpXchgInst>(value))
      return llvm::InstructionUniformity::NeverUniform;
    return llvm::InstructionUniformity::Default;
  }

 private:
  static bool is_uniform(llvm::StringRef name) {
    return name == "buffer" || name == "texture" || name == "sampler" || name.starts_with("threadgroup_") ||
           name.contains("_per_") || name.starts_with("grid_") || name.starts_with("simdgroup_index");
  }
};

}  // namespace

llvm::TargetIRAnalysis simt_target_analysis() {
  return llvm::TargetIRAnalysis([](const llvm::Function& function) {
    return llvm::TargetTransformInfo(std::make_unique<SimtTargetInfo>(function.getDataLayout()));
  });
}

}  // namespace pymetal::lowering
