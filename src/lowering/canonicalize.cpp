// Brings a linked module to the canonical form that every executor starts from.
#include "lowering/canonicalize.h"

#include "llvm/IR/CallingConv.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/IPO/AlwaysInliner.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/IPO/GlobalOpt.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/DeadStoreElimination.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/InferAddressSpaces.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/LoopUnrollPass.h"
#include "llvm/Transforms/Scalar/SCCP.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "lowering/evaluate_initializers.h"
#include "lowering/guard_integer_division.h"
#include "lowering/guard_private_arrays.h"
#include "lowering/input_ranges.h"
#include "lowering/intrinsics.h"
#include "lowering/keep_rounds.h"
#include "lowering/mark_constant_loads.h"
#include "lowering/pass_analyses.h"
#include "lowering/simt_target_info.h"
#include "lowering/soften_bfloat.h"

namespace pymetal::lowering {
namespace {

/// As LLVM's -O2 unrolls.
constexpr int kUnrollLevel = 2;

bool is_thread_input(const llvm::Function& function) {
  const llvm::StringRef name = function.getName();
  if (name == kSimdLane) return true;
  return function.isDeclaration() && name.starts_with(kIntrinsicPrefix) && !name.starts_with(kSimdPrefix) &&
         !name.starts_with(kTexturePrefix) && name != kThreadgroupBarrier && name != kSimdgroupBarrier && name != kLog;
}

/// Makes plain functions of Clang's: host calling convention, no attributes of a target, inputs without side effects.
void normalize_functions(llvm::Module& module) {
  for (llvm::Function& function : module) {
    function.setCallingConv(llvm::CallingConv::C);
    function.removeFnAttr(llvm::Attribute::OptimizeNone);
    if (function.getName().starts_with(kApartPrefix)) {
      // It was optimised when it was built, and the time that code takes to make counts for more than its own.
      function.addFnAttr(llvm::Attribute::OptimizeNone);
      continue;
    }
    function.removeFnAttr(llvm::Attribute::NoInline);
    if (!function.isDeclaration() && function.getName() != kKernelEntry)
      function.addFnAttr(llvm::Attribute::AlwaysInline);
    if (is_thread_input(function)) {
      function.removeFnAttr(llvm::Attribute::Convergent);
      function.setDoesNotAccessMemory();
      function.setDoesNotThrow();
      function.setWillReturn();
      function.addFnAttr(llvm::Attribute::Speculatable);
      promise_range(function);
    }
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call == nullptr) continue;
      call->setCallingConv(llvm::CallingConv::C);
      call->removeFnAttr(llvm::Attribute::NoInline);
      // Clang marks every call of OpenCL's convergent; only barriers and cross-lane operations are.
      const llvm::Function* callee = call->getCalledFunction();
      if (callee != nullptr && (callee->isIntrinsic() || callee->getName() == kLog || is_thread_input(*callee)))
        call->removeFnAttr(llvm::Attribute::Convergent);
    }
  }
}

/// A default that cannot be reached, as Clang gives the switches behind its cleanups, is a case like the last one.
bool drop_default(llvm::SwitchInst& choice) {
  llvm::BasicBlock* unreachable = choice.getDefaultDest();
  if (!llvm::isa<llvm::UnreachableInst>(unreachable->getFirstNonPHIOrDbg()) || choice.getNumCases() == 0) return false;
  const auto last = std::prev(choice.case_end());
  unreachable->removePredecessor(choice.getParent());
  choice.setDefaultDest(last->getCaseSuccessor());
  choice.removeCase(last);
  return true;
}

/// What cannot be reached returns at once: LLVM would let control run on into whatever lies behind.
struct EndUnreachable : llvm::PassInfoMixin<EndUnreachable> {
  static llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
    bool changed = false;
    for (llvm::BasicBlock& block : function)
      if (auto* choice = llvm::dyn_cast<llvm::SwitchInst>(block.getTerminator())) changed |= drop_default(*choice);
    for (llvm::BasicBlock& block : function) {
      auto* unreachable = llvm::dyn_cast<llvm::UnreachableInst>(block.getTerminator());
      if (unreachable == nullptr) continue;
      llvm::Type* type = function.getReturnType();
      llvm::ReturnInst::Create(function.getContext(), type->isVoidTy() ? nullptr : llvm::Constant::getNullValue(type),
                               unreachable->getIterator());
      unreachable->eraseFromParent();
      changed = true;
    }
    return changed ? llvm::PreservedAnalyses::none() : llvm::PreservedAnalyses::all();
  }
};

}  // namespace

void drop_unreachable(llvm::Module& module) {
  PassAnalyses analyses(simt_target_analysis());
  llvm::GlobalDCEPass().run(module, analyses.modules);
}

void canonicalize(llvm::Module& module) {
  normalize_functions(module);
  keep_rounds(module);

  PassAnalyses analyses(simt_target_analysis());
  llvm::ModulePassManager define;
  // First: LLVM's passes conclude from a division that its divisor is not zero.
  define.addPass(llvm::createModuleToFunctionPassAdaptor(GuardIntegerDivision()));
  define.addPass(llvm::createModuleToFunctionPassAdaptor(EndUnreachable()));
  define.addPass(llvm::createModuleToFunctionPassAdaptor(SoftenBfloat()));
  define.run(module, analyses.modules);
  evaluate_initializers(module);
  analyses.modules.clear();
  analyses.functions.clear();

  llvm::ModulePassManager passes;
  passes.addPass(llvm::AlwaysInlinerPass(/*InsertLifetimeIntrinsics=*/true));
  passes.addPass(llvm::GlobalDCEPass());
  // Now that few functions are left: it visits them all.
  passes.addPass(llvm::GlobalOptPass());
  llvm::FunctionPassManager simplify;
  simplify.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  simplify.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  simplify.addPass(llvm::InferAddressSpacesPass(kGenericSpace));
  simplify.addPass(llvm::SimplifyCFGPass());
  simplify.addPass(llvm::InstCombinePass());
  simplify.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  simplify.addPass(MarkConstantLoads());
  simplify.addPass(llvm::SCCPPass());
  simplify.addPass(llvm::SimplifyCFGPass());
  llvm::LoopPassManager loops;
  loops.addPass(llvm::LoopRotatePass(/*EnableHeaderDuplication=*/true, /*PrepareForLTO=*/false));
  loops.addPass(llvm::LICMPass(llvm::LICMOptions()));
  simplify.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops), /*UseMemorySSA=*/true));
  simplify.addPass(llvm::SimplifyCFGPass());
  simplify.addPass(llvm::InstCombinePass());
  // Short loops over arrays: unrolled, their elements become values.
  simplify.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LoopFullUnrollPass(kUnrollLevel)));
  simplify.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  simplify.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  // Not where only some threads come by: their value would differ from that of the others.
  simplify.addPass(llvm::GVNPass(llvm::GVNOptions().setPRE(false).setLoadPRE(false)));
  simplify.addPass(llvm::DSEPass());
  simplify.addPass(llvm::InstCombinePass());
  simplify.addPass(llvm::ADCEPass());
  simplify.addPass(llvm::SimplifyCFGPass());
  // Last: what is left is known best, and no pass may conclude from an access that it stays inside.
  simplify.addPass(GuardPrivateArrays());
  simplify.addPass(llvm::InstCombinePass());
  simplify.addPass(EndUnreachable());
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(simplify)));
  passes.addPass(llvm::GlobalDCEPass());
  passes.run(module, analyses.modules);
}

}  // namespace pymetal::lowering
