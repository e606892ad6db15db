// Brings a canonical kernel to the control flow and the values that widening expects.
#include "lowering/widen/prepare.h"

#include "llvm/Analysis/TargetTransformInfo.h"
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
#include "llvm/Transforms/Utils/LowerSwitch.h"
#include "llvm/Transforms/Utils/UnifyFunctionExitNodes.h"
#include "lowering/split_headers.h"
#include "lowering/widen/expand_copies.h"

namespace pymetal::lowering {

void prepare_for_widening(llvm::Function& kernel, llvm::FunctionAnalysisManager& analyses) {
  expand_copies(kernel, analyses.getResult<llvm::TargetIRAnalysis>(kernel));
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
  passes.addPass(SplitHeaders());
  passes.addPass(llvm::LCSSAPass());
  passes.run(kernel, analyses);
}

void tidy(llvm::Function& kernel, llvm::FunctionAnalysisManager& analyses) {
  analyses.invalidate(kernel, llvm::PreservedAnalyses::none());
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::EarlyCSEPass());
  passes.addPass(llvm::ADCEPass());
  passes.addPass(llvm::LoopSimplifyPass());
  passes.addPass(llvm::LCSSAPass());
  passes.run(kernel, analyses);
}

}  // namespace pymetal::lowering
