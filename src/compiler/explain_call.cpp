// Says why a call of the library fits no function: the library's own candidates are no help to a programmer.
#include "compiler/explain_call.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Sema/Sema.h"
#include "compiler/embedded_files.h"

namespace pymetal::compiler {
namespace {

using clang::Expr;
using clang::SourceLocation;

bool is_in_library(const clang::Sema& sema, const clang::Decl* declaration) {
  const clang::PresumedLoc place = sema.getSourceManager().getPresumedLoc(declaration->getLocation());
  return place.isValid() && llvm::StringRef(place.getFilename()).starts_with(kStandardLibraryFolder);
}

std::string types_of(const clang::Sema& sema, llvm::ArrayRef<Expr*> arguments) {
  std::string text;
  for (const Expr* argument : arguments) {
    if (!text.empty()) text += ", ";
    const clang::QualType type = sema.Context.removeAddrSpaceQualType(argument->getType()).getUnqualifiedType();
    text += "'" + type.getAsString(sema.getPrintingPolicy()) + "'";
  }
  return text;
}

/// Notes the number of arguments that the function takes where it is the number that is wrong, and their types
/// elsewhere.
void explain(clang::Sema& sema, const clang::UnresolvedLookupExpr& callee, llvm::ArrayRef<Expr*> arguments) {
  unsigned fewest = ~0u;
  unsigned most = 0;
  bool fits = false;
  for (const clang::NamedDecl* candidate : callee.decls()) {
    const auto* function = candidate->getUnderlyingDecl()->getAsFunction();
    if (function == nullptr || !is_in_library(sema, function)) return;
    fewest = std::min(fewest, function->getMinRequiredArguments());
    most = std::max(most, function->getNumParams());
    fits |= arguments.size() >= function->getMinRequiredArguments() && arguments.size() <= function->getNumParams();
  }
  if (fewest > most) return;
  for (const Expr* argument : arguments)
    if (argument->isTypeDependent()) return;
  clang::DiagnosticsEngine& engine = sema.getDiagnostics();
  const SourceLocation at = callee.getNameLoc();
  if (fits) {
    engine.Report(at,
                  engine.getCustomDiagID(clang::DiagnosticsEngine::Note, "no '%0' takes arguments of these types: %1"))
        << callee.getName().getAsString() << types_of(sema, arguments);
  } else {
    engine.Report(at, engine.getCustomDiagID(clang::DiagnosticsEngine::Note,
                                             "'%0' takes %1 argument%s2, and %3 %plural{1:is|:are}3 given"))
        << callee.getName().getAsString()
        << (fewest == most ? std::to_string(most) : std::to_string(fewest) + " to " + std::to_string(most)) << most
        << static_cast<unsigned>(arguments.size());
  }
}

}  // namespace

void explain_failed_call(clang::Sema& sema, const clang::UnresolvedLookupExpr& callee, llvm::ArrayRef<Expr*> arguments,
                         unsigned errors_before) {
  if (sema.getDiagnostics().getClient()->getNumErrors() == errors_before + 1) explain(sema, callee, arguments);
}

}  // namespace pymetal::compiler
