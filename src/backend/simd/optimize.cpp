// Optimizes the code of a simdgroup for the machine it will run on.
#include "backend/simd/optimize.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "lowering/aim_inactive_lanes.h"
#include "lowering/carry_bfloat.h"
#include "lowering/carry_masks.h"
#include "lowering/estimate_roots.h"
#include "lowering/expand_fma.h"
#include "lowering/look_up_floats.h"
#include "lowering/narrow_accesses.h"
#include "lowering/pass_analyses.h"
#include "lowering/promote_half.h"
#include "lowering/saturate_halves.h"
#include "lowering/saturate_vectors.h"
#include "lowering/split_stores.h"

namespace pymetal::backend::simd {
namespace {

void run(llvm::FunctionPassManager functions, llvm::Module& module, llvm::TargetMachine& target) {
  lowering::PassAnalyses analyses(target);
  llvm::ModulePassManager passes;
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(functions)));
  passes.run(module, analyses.modules);
}

/// How long the vectors of the machine are, or 0 where that is not known.
unsigned register_bytes(llvm::Module& module, llvm::TargetMachine& target) {
  for (llvm::Function& function : module)
    if (!function.isDeclaration())
      return static_cast<unsigned>(target.getTargetTransformInfo(function)
                                       .getRegisterBitWidth(llvm::TargetTransformInfo::RGK_FixedWidthVector)
                                       .getFixedValue() /
                                   8);
  return 0;
}

}  // namespace

void optimize(llvm::Module& module, llvm::TargetMachine& target) {
  llvm::FunctionPassManager simplify;
  if (target.getTargetTriple().isX86()) simplify.addPass(lowering::SaturateVectors());
  simplify.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  simplify.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  simplify.addPass(llvm::InstCombinePass());
  simplify.addPass(llvm::SimplifyCFGPass());
  simplify.addPass(lowering::NarrowAccesses());
  llvm::LoopPassManager loops;
  loops.addPass(llvm::LoopRotatePass(/*EnableHeaderDuplication=*/true, /*PrepareForLTO=*/false));
  loops.addPass(llvm::LICMPass(llvm::LICMOptions()));
  simplify.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops), /*UseMemorySSA=*/true));
  // Loads are left to EarlyCSE, which asks MemorySSA: to find their memory dependences takes longer than all the rest.
  simplify.addPass(llvm::GVNPass(llvm::GVNOptions().setMemDep(false)));
  simplify.addPass(llvm::InstCombinePass());
  simplify.addPass(llvm::ADCEPass());
  simplify.addPass(llvm::SimplifyCFGPass());
  run(std::move(simplify), module, target);
}

void optimize_regions(llvm::Module& module, llvm::TargetMachine& target) {
  llvm::FunctionPassManager simplify;
  simplify.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  simplify.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  simplify.addPass(llvm::SimplifyCFGPass());
  llvm::LoopPassManager loops;
  loops.addPass(llvm::LICMPass(llvm::LICMOptions()));
  simplify.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops), /*UseMemorySSA=*/true));
  simplify.addPass(llvm::InstCombinePass());
  simplify.addPass(llvm::ADCEPass());
  simplify.addPass(llvm::SimplifyCFGPass());
  run(std::move(simplify), module, target);
}

void clean_up(llvm::Module& module, llvm::TargetMachine& target) {
  llvm::FunctionPassManager simplify;
  simplify.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  simplify.addPass(llvm::InstCombinePass());
  run(std::move(simplify), module, target);
}

void finish(llvm::Module& module, llvm::TargetMachine& target) {
  lowering::PassAnalyses analyses(target);
  const llvm::Triple& triple = target.getTargetTriple();
  const auto lacks = [&](const char* feature) {
    return triple.isX86() && !target.getMCSubtargetInfo()->checkFeatures(feature);
  };
  llvm::FunctionPassManager passes;
  if (triple.isX86()) passes.addPass(lowering::SaturateHalves());
  if (lacks("+avx512fp16")) passes.addPass(lowering::PromoteHalf());
  passes.addPass(lowering::CarryBfloat());
  if (triple.isX86() && !lacks("+avx512f")) {
    passes.addPass(lowering::EstimateRoots());
    passes.addPass(lowering::LookUpFloats());
  }
  passes.addPass(lowering::AimInactiveLanes());
  if (lacks("+avx512f") || triple.isAArch64()) passes.addPass(lowering::CarryMasks());
  if (const unsigned bytes = register_bytes(module, target); bytes != 0) passes.addPass(lowering::SplitStores(bytes));
  llvm::ModulePassManager all;
  if (lacks("+fma")) all.addPass(lowering::ExpandFma());
  all.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(passes)));
  all.run(module, analyses.modules);
}

}  // namespace pymetal::backend::simd
