// The target as LLVM's passes must see it while code is still written for one thread of many.
#include "lowering/simt_target_info.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/TargetTransformInfoImpl.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstrTypes.h"
#include "lowering/intrinsics.h"

namespace pymetal::lowering {
namespace {

class SimtTargetInfo final : public llvm::TargetTransformInfoImplCRTPBase<SimtTargetInfo> {
 public:
  SimtTargetInfo(const llvm::DataLayout& layout, unsigned same_from)
      : TargetTransformInfoImplCRTPBase(layout), same_from_(same_from) {}

  bool hasBranchDivergence(const llvm::Function*) const override { return true; }
  unsigned getFlatAddressSpace() const override { return kGenericSpace; }

  /// Copies move words where they lie at words' addresses.
  llvm::Type* getMemcpyLoopLoweringType(llvm::LLVMContext& context, llvm::Value*, unsigned, unsigned, llvm::Align from,
                                        llvm::Align to, std::optional<std::uint32_t>) const override {
    return llvm::Type::getIntNTy(context, static_cast<unsigned>(std::min({from, to, llvm::Align(4)}).value()) * 8);
  }

  /// A private array becomes values once every index into it is a constant.
  void getUnrollingPreferences(llvm::Loop* loop, llvm::ScalarEvolution&,
                               llvm::TargetTransformInfo::UnrollingPreferences& preferences,
                               llvm::OptimizationRemarkEmitter*) const override {
    if (indexes_private_array(*loop)) preferences.Threshold = std::max(preferences.Threshold, kPrivateArrayThreshold);
  }

  /// A root takes longer than a branch around it.
  llvm::InstructionCost getIntrinsicInstrCost(const llvm::IntrinsicCostAttributes& call,
                                              llvm::TargetTransformInfo::TargetCostKind kind) const override {
    if (call.getID() == llvm::Intrinsic::sqrt) return kCostOfRoot;
    return TargetTransformInfoImplCRTPBase::getIntrinsicInstrCost(call, kind);
  }

  llvm::InstructionUniformity getInstructionUniformity(const llvm::Value* value) const override {
    const auto* call = llvm::dyn_cast<llvm::CallBase>(value);
    const llvm::Function* callee = call ? call->getCalledFunction() : nullptr;
    if (callee != nullptr && callee->getName().starts_with(kIntrinsicPrefix))
      return is_uniform(callee->getName()) || is_same_position(*call) ? llvm::InstructionUniformity::AlwaysUniform
                                                                      : llvm::InstructionUniformity::NeverUniform;
    if (llvm::isa<llvm::AtomicRMWInst, llvm::AtomicCmpXchgInst, llvm::AllocaInst>(value))
      return llvm::InstructionUniformity::NeverUniform;
    return llvm::InstructionUniformity::Default;
  }

 private:
  /// Instructions that a loop over a private array may become.
  static constexpr unsigned kPrivateArrayThreshold = 1500;
  static constexpr unsigned kCostOfRoot = 4 * llvm::TargetTransformInfo::TCC_Expensive;

  static bool indexes_private_array(const llvm::Loop& loop) {
    for (const llvm::BasicBlock* block : loop.blocks())
      for (const llvm::Instruction& instruction : *block) {
        const auto* address = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction);
        if (address == nullptr || loop.isLoopInvariant(address)) continue;
        if (llvm::isa<llvm::AllocaInst>(llvm::getUnderlyingObject(address))) return true;
      }
    return false;
  }

  static bool is_uniform(llvm::StringRef name) {
    if (name.consume_front(kSimdPrefix))
      return llvm::StringSwitch<bool>(name.split('.').first)
          .Cases({"sum", "product", "min", "max", "and", "or", "xor"}, true)
          .Cases({"broadcast_first", "ballot", "active"}, true)
          .Default(false);
    if (name.starts_with(kFirstLane)) return true;
    name.consume_front(kIntrinsicPrefix);
    return name == "never" || name == "buffer" || name == "texture" || name == "sampler" ||
           name.starts_with("threadgroup_") || name.contains("_per_") || name.starts_with("grid_") ||
           name.starts_with("simdgroup_index");
  }

  bool is_same_position(const llvm::CallBase& call) const {
    const llvm::StringRef name = call.getCalledFunction()->getName();
    const auto* component = call.arg_size() > 0 ? llvm::dyn_cast<llvm::ConstantInt>(call.getArgOperand(0)) : nullptr;
    return (name == kGridPositionInput || name == kThreadPositionInput) && component &&
           component->getZExtValue() >= same_from_;
  }

  unsigned same_from_;
};

}  // namespace

llvm::TargetIRAnalysis simt_target_analysis(unsigned same_from) {
  return llvm::TargetIRAnalysis([same_from](const llvm::Function& function) {
    return llvm::TargetTransformInfo(std::make_unique<SimtTargetInfo>(function.getDataLayout(), same_from));
  });
}

}  // namespace pymetal::lowering
