// Gathers and scatters without branches, for processors that have no instruction for them.
#include "lowering/aim_inactive_lanes.h"

#include <optional>

#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

namespace pymetal::lowering {
namespace {

/// As large as the largest element of a vector, and aligned for it.
constexpr unsigned kSpareBytes = 8;

/// A gather or scatter under a mask.
class MaskedAccess {
 public:
  static std::optional<MaskedAccess> of(llvm::Instruction& instruction) {
    auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
    if (call == nullptr) return std::nullopt;
    if (call->getIntrinsicID() == llvm::Intrinsic::masked_gather) return MaskedAccess(*call, /*reads=*/true);
    if (call->getIntrinsicID() == llvm::Intrinsic::masked_scatter) return MaskedAccess(*call, /*reads=*/false);
    return std::nullopt;
  }

  /// Whether LLVM will make branches of it.
  bool is_taken_apart(const llvm::TargetTransformInfo& target) const {
    if (llvm::isa<llvm::Constant>(mask()) || type_->getScalarSizeInBits() > 8 * kSpareBytes) return false;
    return reads_ ? !target.isLegalMaskedGather(type_, alignment()) ||
                        target.forceScalarizeMaskedGather(type_, alignment())
                  : !target.isLegalMaskedScatter(type_, alignment()) ||
                        target.forceScalarizeMaskedScatter(type_, alignment());
  }

  void replace(llvm::Value* spare) const {
    llvm::IRBuilder<> builder(call_);
    llvm::Type* pointer = addresses()->getType()->getScalarType();
    llvm::Value* elsewhere =
        builder.CreateVectorSplat(type_->getElementCount(), builder.CreateAddrSpaceCast(spare, pointer));
    llvm::Value* aimed = builder.CreateSelect(mask(), addresses(), elsewhere);
    if (reads_) {
      llvm::CallInst* all = builder.CreateMaskedGather(type_, aimed, alignment());
      all->copyMetadata(*call_);
      llvm::Value* otherwise = call_->getArgOperand(2);
      call_->replaceAllUsesWith(llvm::isa<llvm::UndefValue>(otherwise) ? all
                                                                       : builder.CreateSelect(mask(), all, otherwise));
    } else {
      builder.CreateMaskedScatter(call_->getArgOperand(0), aimed, alignment())->copyMetadata(*call_);
    }
    call_->eraseFromParent();
  }

 private:
  MaskedAccess(llvm::IntrinsicInst& call, bool reads)
      : call_(&call),
        reads_(reads),
        type_(llvm::cast<llvm::VectorType>(reads ? call.getType() : call.getArgOperand(0)->getType())) {}

  llvm::Value* addresses() const { return call_->getArgOperand(reads_ ? 0 : 1); }
  llvm::Value* mask() const { return call_->getArgOperand(reads_ ? 1 : 2); }
  llvm::Align alignment() const { return call_->getParamAlign(reads_ ? 0 : 1).valueOrOne(); }

  llvm::IntrinsicInst* call_;
  bool reads_;
  llvm::VectorType* type_;
};

llvm::AllocaInst* make_spare(llvm::Function& function) {
  llvm::IRBuilder<> builder(&function.getEntryBlock(), function.getEntryBlock().begin());
  llvm::AllocaInst* spare = builder.CreateAlloca(builder.getIntNTy(8 * kSpareBytes));
  spare->setAlignment(llvm::Align(kSpareBytes));
  return spare;
}

}  // namespace

llvm::PreservedAnalyses AimInactiveLanes::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const auto& target = analyses.getResult<llvm::TargetIRAnalysis>(function);
  llvm::SmallVector<MaskedAccess, 16> found;
  for (llvm::Instruction& instruction : llvm::instructions(function))
    if (const std::optional<MaskedAccess> access = MaskedAccess::of(instruction);
        access && access->is_taken_apart(target))
      found.push_back(*access);
  if (found.empty()) return llvm::PreservedAnalyses::all();
  llvm::AllocaInst* spare = make_spare(function);
  for (const MaskedAccess& access : found) access.replace(spare);
  return llvm::PreservedAnalyses::none();
}

}  // namespace pymetal::lowering
