// Steps in front of Clang's functions, like sema_hooks.cpp, where expressions are evaluated: each evaluation has a
// limit of Clang's, and this is one on them all.
#include <optional>

#include "clang/AST/ASTContext.h"
#include "clang/AST/Expr.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/LangOptions.h"
#include "compiler/compile_watch.h"
#include "compiler/wrapped_symbol.h"

#define AS_INTEGER _ZNK5clang4Expr22getIntegerConstantExprERKNS_10ASTContextE
#define IS_CONSTANT _ZNK5clang4Expr19isCXX11ConstantExprERKNS_10ASTContextEPNS_7APValueE
#define AS_VALUE _ZNK5clang4Expr16EvaluateAsRValueERNS0_10EvalResultERKNS_10ASTContextEb
#define AS_CONSTANT _ZNK5clang4Expr22EvaluateAsConstantExprERNS0_10EvalResultERKNS_10ASTContextENS0_16ConstantExprKindE
#define AS_INITIALIZER \
  _ZNK5clang4Expr21EvaluateAsInitializerERNS_7APValueERKNS_10ASTContextEPKNS_7VarDeclERN4llvm15SmallVectorImplISt4pairINS_14SourceLocationENS_17PartialDiagnosticEEEEb

using clang::ASTContext;
using clang::Expr;

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"

extern "C" {
std::optional<llvm::APSInt> REAL(AS_INTEGER)(const Expr*, const ASTContext&);
bool REAL(IS_CONSTANT)(const Expr*, const ASTContext&, clang::APValue*);
bool REAL(AS_VALUE)(const Expr*, Expr::EvalResult&, const ASTContext&, bool);
bool REAL(AS_CONSTANT)(const Expr*, Expr::EvalResult&, const ASTContext&, Expr::ConstantExprKind);
bool REAL(AS_INITIALIZER)(const Expr*, clang::APValue&, const ASTContext&, const clang::VarDecl*,
                          llvm::SmallVectorImpl<clang::PartialDiagnosticAt>&, bool);
}

namespace {

/// Evaluates, and ends the compile once evaluations have taken too long.
template <class Evaluate>
auto evaluate(const Expr& expression, const ASTContext& context, Evaluate work) {
  pymetal::compiler::begin_evaluation();
  auto result = work();
  const unsigned seconds = pymetal::compiler::end_evaluation();
  clang::DiagnosticsEngine& diagnostics = context.getDiagnostics();
  if (seconds == 0 || diagnostics.hasFatalErrorOccurred()) return result;
  diagnostics.Report(expression.getExprLoc(),
                     diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Fatal,
                                                 "the constant expressions of the program take the compiler more than "
                                                 "%0 seconds"))
      << seconds;
  // The compile has failed. What is left to evaluate shall not take as long again.
  const_cast<clang::LangOptions&>(context.getLangOpts()).ConstexprStepLimit = 1;
  return result;
}

}  // namespace

extern "C" {

std::optional<llvm::APSInt> WRAP(AS_INTEGER)(const Expr* expression, const ASTContext& context) {
  return evaluate(*expression, context, [&] { return REAL(AS_INTEGER)(expression, context); });
}

bool WRAP(IS_CONSTANT)(const Expr* expression, const ASTContext& context, clang::APValue* value) {
  return evaluate(*expression, context, [&] { return REAL(IS_CONSTANT)(expression, context, value); });
}

bool WRAP(AS_VALUE)(const Expr* expression, Expr::EvalResult& value, const ASTContext& context, bool is_constant) {
  return evaluate(*expression, context, [&] { return REAL(AS_VALUE)(expression, value, context, is_constant); });
}

bool WRAP(AS_CONSTANT)(const Expr* expression, Expr::EvalResult& value, const ASTContext& context,
                       Expr::ConstantExprKind kind) {
  return evaluate(*expression, context, [&] { return REAL(AS_CONSTANT)(expression, value, context, kind); });
}

bool WRAP(AS_INITIALIZER)(const Expr* expression, clang::APValue& value, const ASTContext& context,
                          const clang::VarDecl* variable, llvm::SmallVectorImpl<clang::PartialDiagnosticAt>& notes,
                          bool is_constant) {
  return evaluate(*expression, context,
                  [&] { return REAL(AS_INITIALIZER)(expression, value, context, variable, notes, is_constant); });
}
}

#pragma clang diagnostic pop
