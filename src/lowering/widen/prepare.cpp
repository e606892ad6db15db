// Brings a canonical kernel to the control flow and the values that widening expects.
#include "lowering/widen/prepare.h"

#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/Scalarizer.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Utils/FixIrreducible.h"
#include "llvm/Transforms/Utils/LCSSA.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"
#include "llvm/Transforms/Utils/LowerMemIntrinsics.h"
#include "llvm/Transforms/Utils/LowerSwitch.h"
#include "llvm/Transforms/Utils/UnifyFunctionExitNodes.h"

namespace pymetal::lowering {
namespace {

/// Copies and fills become loops: each lane has memory of its own to copy.
void expand_memory_intrinsics(llvm::Function& kernel, const llvm::TargetTransformInfo& target) {
  llvm::SmallVector<llvm::MemIntrinsic*, 8> found;
  for (llvm::Instruction& instruction : llvm::instructions(kernel))
    if (auto* intrinsic = llvm::dyn_cast<llvm::MemIntrinsic>(&instruction)) found.push_back(intrinsic);
  for (llvm::MemIntrinsic* intrinsic : found) {
    if (auto* copy = llvm::dyn_cast<llvm::MemCpyInst>(intrinsic)) {
      llvm::expandMemCpyAsLoop(copy, target);
    } else if (auto* move = llvm::dyn_cast<llvm::MemMoveInst>(intrinsic)) {
      llvm::expandMemMoveAsLoop(move, target);
    } else {
      llvm::expandMemSetAsLoop(llvm::cast<llvm::MemSetInst>(intrinsic));
    }
    intrinsic->eraseFromParent();
  }
}

}  // namespace

void prepare_for_widening(llvm::Function& kernel, llvm::FunctionAnalysisManager& analyses) {
  expand_memory_intrinsics(kernel, analyses.getResult<llvm::TargetIRAnalysis>(kernel));
  analyses.invalidate(kernel, llvm::PreservedAnalyses::none());

  llvm::ScalarizerPassOptions scalarize;
  scalarize.ScalarizeLoadStore = true;
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::LowerSwitchPass());
  passes.addPass(llvm::ScalarizerPass(scalarize));
  passes.addPass(llvm::InstCombinePass());
  // Accesses belong together whose addresses are computed from one value.
  passes.addPass(llvm::EarlyCSEPass());
  passes.addPass(llvm::ADCEPass());
  passes.addPass(llvm::UnifyFunctionExitNodesPass());
  passes.addPass(llvm::FixIrreduciblePass());
  passes.addPass(llvm::LoopSimplifyPass());
  passes.addPass(llvm::LCSSAPass());
  passes.run(kernel, analyses);
}

}  // namespace pymetal::lowering
