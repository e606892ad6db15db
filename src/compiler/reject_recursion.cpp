// MSL forbids recursion; this finds it.
#include "compiler/reject_recursion.h"

#include "clang/AST/Decl.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "llvm/ADT/SCCIterator.h"
#include "llvm/Analysis/CallGraph.h"
#include "llvm/IR/Module.h"

namespace pymetal::compiler {

void reject_recursion(clang::CodeGenerator& generator, clang::DiagnosticsEngine& diagnostics) {
  llvm::CallGraph graph(*generator.GetModule());
  for (auto component = llvm::scc_begin(&graph); !component.isAtEnd(); ++component) {
    if (!component.hasCycle()) continue;
    for (const llvm::CallGraphNode* node : *component) {
      const llvm::Function* function = node->getFunction();
      if (function == nullptr || function->isDeclaration()) continue;
      const auto* declaration =
          llvm::dyn_cast_or_null<clang::FunctionDecl>(generator.GetDeclForMangledName(function->getName()));
      if (declaration == nullptr) continue;
      const unsigned id = diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Error,
                                                      "function '%0' calls itself; Metal has no recursion");
      diagnostics.Report(declaration->getLocation(), id) << declaration->getNameAsString();
    }
  }
}

}  // namespace pymetal::compiler
