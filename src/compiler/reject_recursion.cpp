// MSL forbids recursion; this finds it.
#include "compiler/reject_recursion.h"

#include "clang/AST/Decl.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "llvm/ADT/SCCIterator.h"
#include "llvm/Analysis/CallGraph.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Scalar/TailRecursionElimination.h"

namespace pymetal::compiler {
namespace {

bool calls_itself(const llvm::Function& function) {
  return llvm::any_of(function.users(), [&](const llvm::User* user) {
    const auto* call = llvm::dyn_cast<llvm::CallBase>(user);
    return call != nullptr && call->getCalledOperand() == &function && call->getFunction() == &function;
  });
}

/// Turns recursion at the end of a function into a loop, as programs that rely on Apple's compiler expect.
void make_loops_of_tail_calls(llvm::Module& module) {
  llvm::PassBuilder builder;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::TailCallElimPass());
  for (llvm::Function& function : module)
    if (!function.isDeclaration() && calls_itself(function)) passes.run(function, functions);
}

void report(llvm::ArrayRef<const clang::FunctionDecl*> cycle, clang::DiagnosticsEngine& diagnostics) {
  if (cycle.empty()) return;
  const unsigned id = diagnostics.getCustomDiagID(
      clang::DiagnosticsEngine::Error, "function '%0' calls itself%select{| by way of '%2'}1; Metal has no recursion");
  const clang::FunctionDecl* first = cycle.back();
  diagnostics.Report(first->getLocation(), id)
      << first->getNameAsString() << (cycle.size() > 1) << cycle.front()->getNameAsString();
  const unsigned note = diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Note, "'%0' takes part");
  for (const clang::FunctionDecl* other : cycle.drop_back())
    diagnostics.Report(other->getLocation(), note) << other->getNameAsString();
}

}  // namespace

void reject_recursion(clang::CodeGenerator& generator, clang::DiagnosticsEngine& diagnostics) {
  make_loops_of_tail_calls(*generator.GetModule());
  llvm::CallGraph graph(*generator.GetModule());
  for (auto component = llvm::scc_begin(&graph); !component.isAtEnd(); ++component) {
    if (!component.hasCycle()) continue;
    llvm::SmallVector<const clang::FunctionDecl*, 4> cycle;
    for (const llvm::CallGraphNode* node : *component) {
      const llvm::Function* function = node->getFunction();
      if (function == nullptr || function->isDeclaration()) continue;
      const clang::Decl* declaration = generator.GetDeclForMangledName(function->getName());
      if (const auto* found = llvm::dyn_cast_or_null<clang::FunctionDecl>(declaration)) cycle.push_back(found);
    }
    report(cycle, diagnostics);
  }
}

}  // namespace pymetal::compiler
