// Turns the canonical function of a thread into one that runs a whole simdgroup.
#include "lowering/widen/widen_simdgroup.h"

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/Local.h"
#include "lowering/intrinsics.h"
#include "lowering/pass_analyses.h"
#include "lowering/simt_target_info.h"
#include "lowering/widen/prepare.h"
#include "lowering/widen/specialize_masks.h"
#include "lowering/widen/split_bounds.h"
#include "lowering/widen/widener.h"

namespace pymetal::lowering {
namespace {

/// Running so few instructions for nobody costs less than a branch around them.
constexpr std::size_t kHarmlessInstructions = 12;

/// But one that takes as long as many others, for 32 lanes, is worth a branch.
bool takes_long(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  return call != nullptr && call->getIntrinsicID() == llvm::Intrinsic::sqrt;
}

/// Whether a block may run while no lane is on: it only computes, and where it goes on does not depend on what it
/// finds.
bool is_harmless(const llvm::BasicBlock& block, llvm::UniformityInfo& uniformity) {
  if (block.size() > kHarmlessInstructions) return false;
  for (const llvm::Instruction& instruction : block) {
    if (instruction.isTerminator()) break;
    if (llvm::isa<llvm::PHINode>(instruction)) continue;
    if (!llvm::isSafeToSpeculativelyExecute(&instruction) || instruction.mayReadOrWriteMemory() ||
        takes_long(instruction))
      return false;
  }
  return block.getTerminator()->getNumSuccessors() < 2 || uniformity.hasDivergentTerminator(block);
}

}  // namespace

void widen_simdgroup(llvm::Module& module, ThreadLayout layout) {
  llvm::Function* thread = module.getFunction(kKernelEntry);
  llvm::removeUnreachableBlocks(*thread);
  PassAnalyses analyses(simt_target_analysis(layout.in_rows ? 1 : layout.short_row != 0 ? 2 : 3));
  prepare_for_widening(*thread, analyses.functions);
  specialize_masks(*thread, analyses.functions, layout);
  split_bounds(*thread, analyses.functions, layout);

  auto& uniformity = analyses.functions.getResult<llvm::UniformityInfoAnalysis>(*thread);
  auto& loops = analyses.functions.getResult<llvm::LoopAnalysis>(*thread);
  auto& post_dominators = analyses.functions.getResult<llvm::PostDominatorTreeAnalysis>(*thread);
  const Divergence divergence(*thread, uniformity, loops, post_dominators);
  const PrivateArrays arrays(*thread);
  const Shapes shapes(*thread, uniformity, divergence, loops, arrays, layout);
  const AccessGroups groups(*thread, shapes);
  const LinearOrder order(*thread, uniformity, loops, divergence,
                          [&](const llvm::BasicBlock& block) { return is_harmless(block, uniformity); });

  thread->setName("mtl.thread");
  auto* simdgroup =
      llvm::Function::Create(thread->getFunctionType(), llvm::GlobalValue::ExternalLinkage, kKernelEntry, module);
  simdgroup->addFnAttr(llvm::Attribute::NoUnwind);
  Widener(*simdgroup, shapes, order, divergence, loops, uniformity, arrays, groups, layout).run();
  analyses.functions.clear();
  thread->eraseFromParent();
}

}  // namespace pymetal::lowering
