// Computes the constants of program scope that depend on function constants.
#include "lowering/evaluate_initializers.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Metadata.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Transforms/IPO/AlwaysInliner.h"
#include "llvm/Transforms/IPO/GlobalOpt.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/IndVarSimplify.h"
#include "llvm/Transforms/Scalar/InferAddressSpaces.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/LoopUnrollPass.h"
#include "llvm/Transforms/Scalar/SCCP.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"
#include "lowering/intrinsics.h"
#include "lowering/pass_analyses.h"
#include "lowering/simt_target_info.h"
#include "pymetal/error.h"

namespace pymetal::lowering {
namespace {

constexpr llvm::StringLiteral kConstructors = "llvm.global_ctors";

/// Takes the list of initialisers away.
std::vector<llvm::Function*> take_initializers(llvm::Module& module) {
  std::vector<llvm::Function*> found;
  llvm::GlobalVariable* list = module.getGlobalVariable(kConstructors);
  if (list == nullptr) return found;
  if (const auto* entries = llvm::dyn_cast<llvm::ConstantArray>(list->getInitializer()))
    for (const llvm::Use& entry : entries->operands())
      if (auto* function = llvm::dyn_cast<llvm::Function>(llvm::cast<llvm::Constant>(entry)->getAggregateElement(1u)))
        found.push_back(function);
  list->eraseFromParent();
  return found;
}

/// LLVM's evaluator runs no loops, so they are unrolled; those of more steps stay, and are an error in the end.
constexpr std::uint64_t kMostInitializerSteps = 4096;

struct UnrollAll : llvm::PassInfoMixin<UnrollAll> {
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
    llvm::LLVMContext& context = function.getContext();
    auto& evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
    for (llvm::Loop* loop : analyses.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder()) {
      std::uint64_t steps = 1;
      for (const llvm::Loop* around = loop; around != nullptr && steps <= kMostInitializerSteps;
           around = around->getParentLoop())
        steps *= std::max(evolution.getSmallConstantTripCount(around), 1u);
      if (steps > kMostInitializerSteps) continue;
      // In place of what Clang has put there: it forbids.
      llvm::MDNode* option = llvm::MDNode::get(context, llvm::MDString::get(context, "llvm.loop.unroll.full"));
      llvm::MDNode* identity = llvm::MDNode::getDistinct(context, {nullptr, option});
      identity->replaceOperandWith(0, identity);
      loop->setLoopID(identity);
    }
    return llvm::PreservedAnalyses::all();
  }
};

void simplify(llvm::Function& function, PassAnalyses& analyses) {
  llvm::FunctionPassManager passes;
  const auto fold = [&] {
    passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
    passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
    passes.addPass(llvm::InferAddressSpacesPass(kGenericSpace));
    passes.addPass(llvm::InstCombinePass());
    passes.addPass(llvm::SCCPPass());
    passes.addPass(llvm::SimplifyCFGPass());
  };
  fold();
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LoopRotatePass()));
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::IndVarSimplifyPass()));
  passes.addPass(UnrollAll());
  passes.addPass(llvm::LoopUnrollPass(llvm::LoopUnrollOptions(/*OptLevel=*/3)));
  fold();
  passes.addPass(llvm::GVNPass());
  fold();
  passes.run(function, analyses.functions);
}

/// The variable that an initialiser writes.
llvm::GlobalVariable* written_variable(llvm::Function& initializer) {
  for (llvm::Instruction& instruction : llvm::instructions(initializer))
    if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction))
      if (auto* variable = llvm::dyn_cast<llvm::GlobalVariable>(store->getPointerOperand()->stripInBoundsOffsets()))
        return variable;
  return nullptr;
}

/// A function constant without a value, on which the initialiser depends.
llvm::GlobalVariable* missing_constant(llvm::Function& initializer) {
  for (llvm::Instruction& instruction : llvm::instructions(initializer))
    if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction))
      if (auto* constant = llvm::dyn_cast<llvm::GlobalVariable>(load->getPointerOperand()->stripInBoundsOffsets());
          constant != nullptr && constant->isDeclaration())
        return constant;
  return nullptr;
}

}  // namespace

void evaluate_initializers(llvm::Module& module) {
  const std::vector<llvm::Function*> initializers = take_initializers(module);
  if (initializers.empty()) return;
  for (llvm::Function* initializer : initializers) {
    // Nothing calls it, and it must not be dropped for that yet.
    initializer->removeFnAttr(llvm::Attribute::AlwaysInline);
    initializer->setLinkage(llvm::GlobalValue::ExternalLinkage);
  }
  PassAnalyses analyses(simt_target_analysis());
  llvm::AlwaysInlinerPass(/*InsertLifetimeIntrinsics=*/true).run(module, analyses.modules);
  for (llvm::Function* initializer : initializers) {
    // One after the other, so that each sees the values of those before it.
    simplify(*initializer, analyses);
    if (llvm::GlobalVariable* missing = missing_constant(*initializer)) {
      // What reads the variable reads the constant instead, and is told of it where it is not dead.
      if (llvm::GlobalVariable* variable = written_variable(*initializer))
        variable->replaceAllUsesWith(
            llvm::ConstantExpr::getPointerBitCastOrAddrSpaceCast(missing, variable->getType()));
      initializer->deleteBody();
      analyses.modules.clear();
      analyses.functions.clear();
      continue;
    }
    llvm::appendToGlobalCtors(module, initializer, /*Priority=*/0);
    analyses.modules.clear();
    analyses.functions.clear();
    llvm::GlobalOptPass().run(module, analyses.modules);
    if (!take_initializers(module).empty()) {
      const llvm::GlobalVariable* variable = written_variable(*initializer);
      throw PipelineError("The value of a constant of program scope cannot be computed when the pipeline is made (" +
                          (variable ? llvm::demangle(variable->getName()) : "unnamed") + ").");
    }
    initializer->setLinkage(llvm::GlobalValue::InternalLinkage);
  }
}

}  // namespace pymetal::lowering
