// Finds calls of functions that have no body: a library is whole.
#include "compiler/reject_undefined_functions.h"

#include "clang/AST/Decl.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "llvm/IR/Module.h"

namespace pymetal::compiler {

void reject_undefined_functions(clang::CodeGenerator& generator, clang::DiagnosticsEngine& diagnostics) {
  const unsigned id = diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Error,
                                                  "function '%0' is called, and is defined nowhere in the library");
  for (const llvm::Function& function : *generator.GetModule()) {
    // What has a name of its own choice belongs to the device.
    if (!function.isDeclaration() || function.use_empty() || !function.getName().starts_with("_Z")) continue;
    const clang::Decl* found = generator.GetDeclForMangledName(function.getName());
    if (const auto* declaration = llvm::dyn_cast_or_null<clang::FunctionDecl>(found))
      diagnostics.Report(declaration->getLocation(), id) << declaration->getNameAsString();
  }
}

}  // namespace pymetal::compiler
