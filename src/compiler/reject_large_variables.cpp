// Finds variables that are larger than a pipeline can hold: each pipeline has a copy of the values.
#include "compiler/reject_large_variables.h"

#include "clang/AST/Decl.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/Module.h"

namespace pymetal::compiler {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{64} << 20;

}  // namespace

void reject_large_variables(clang::CodeGenerator& generator, clang::DiagnosticsEngine& diagnostics) {
  const llvm::Module& module = *generator.GetModule();
  std::uint64_t bytes = 0;
  for (const llvm::GlobalVariable& variable : module.globals()) {
    const std::uint64_t size = module.getDataLayout().getTypeAllocSize(variable.getValueType()).getFixedValue();
    if (size <= kMaxBytes - bytes) {
      bytes += size;
      continue;
    }
    const auto* declaration =
        llvm::dyn_cast_or_null<clang::NamedDecl>(generator.GetDeclForMangledName(variable.getName()));
    diagnostics.Report(declaration != nullptr ? declaration->getLocation() : clang::SourceLocation(),
                       diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Error,
                                                   "the variables of the program take more than %0 bytes, '%1' alone "
                                                   "%2"))
        << std::to_string(kMaxBytes)
        << (declaration != nullptr ? declaration->getNameAsString() : llvm::demangle(variable.getName().str()))
        << std::to_string(size);
    return;
  }
}

}  // namespace pymetal::compiler
