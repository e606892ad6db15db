// Finds what is C++ and not MSL: the rules of Metal that Clang does not know.
#include "compiler/check_restrictions.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "clang/Sema/Sema.h"
#include "compiler/attribute_table.h"

namespace pymetal::compiler {
namespace {

class Restrictions : public clang::RecursiveASTVisitor<Restrictions> {
 public:
  Restrictions(clang::Sema& sema, const AttributeTable& attributes) : sema_(sema), attributes_(attributes) {}

  bool VisitVarDecl(clang::VarDecl* variable) {
    check_storage(variable);
    check_address_space(variable);
    return true;
  }

  bool VisitFunctionDecl(clang::FunctionDecl* function) {
    if (function->isVariadic() && function->isThisDeclarationADefinition())
      report(function->getLocation(), "function %0 takes a variable number of arguments; Metal has no such functions",
             function);
    return true;
  }

  /// The entry point that surrounds a call is the one on top.
  bool TraverseFunctionDecl(clang::FunctionDecl* function) {
    const clang::FunctionDecl* outer = function_;
    function_ = function;
    const bool goes_on = RecursiveASTVisitor::TraverseFunctionDecl(function);
    function_ = outer;
    return goes_on;
  }

  bool VisitCallExpr(clang::CallExpr* call) {
    const clang::FunctionDecl* callee = call->getDirectCallee();
    if (callee != nullptr && function_ != nullptr && is_entry_point(callee) && is_entry_point(function_))
      report(call->getBeginLoc(), "%0 is an entry point, which no other entry point may call", callee);
    return true;
  }

 private:
  template <unsigned N>
  clang::DiagnosticBuilder report(clang::SourceLocation at, const char (&format)[N], const clang::NamedDecl* subject) {
    clang::DiagnosticsEngine& engine = sema_.getDiagnostics();
    clang::DiagnosticBuilder builder =
        engine.Report(at, engine.getCustomDiagID(clang::DiagnosticsEngine::Error, format));
    builder << subject;
    return builder;
  }

  bool is_entry_point(const clang::FunctionDecl* function) const {
    for (const clang::FunctionDecl* declaration : function->redecls())
      for (const char* kind : {"kernel", "vertex", "fragment"})
        if (attributes_.find(declaration, kind) != nullptr) return true;
    const clang::FunctionDecl* pattern = function->getTemplateInstantiationPattern();
    return pattern != nullptr && pattern != function && is_entry_point(pattern);
  }

  /// What outlives a thread is constant.
  void check_storage(const clang::VarDecl* variable) {
    if (llvm::isa<clang::ParmVarDecl>(variable) || !variable->hasGlobalStorage()) return;
    const clang::QualType type = variable->getType();
    if (type->isReferenceType() || type->isDependentType() || variable->isConstexpr()) return;
    if (sema_.Context.getBaseElementType(type).isConstQualified()) return;
    if (variable->isStaticLocal())
      report(variable->getLocation(),
             "static variable %0 must be in the constant address space: every call of a thread begins anew", variable);
    else
      report(variable->getLocation(), "program-scope variable %0 must be in the constant address space", variable)
          << clang::FixItHint::CreateInsertion(variable->getBeginLoc(), "constant ");
  }

  /// `float *p` says not which memory p leads to.
  void check_address_space(const clang::VarDecl* variable) {
    if (variable->getTypeSourceInfo() == nullptr || variable->isImplicit()) return;
    const clang::TypeLoc written = variable->getTypeSourceInfo()->getTypeLoc().getUnqualifiedLoc();
    const auto pointer = written.getAs<clang::PointerTypeLoc>();
    if (pointer.isNull()) return;
    const clang::QualType pointee = pointer.getPointeeLoc().getType();
    if (pointee->isDependentType() || pointee->isFunctionType() || pointee->isUndeducedType() ||
        pointee.getAddressSpace() != clang::LangAS::opencl_generic)
      return;
    // Where `constant` stands, the type is the same: only the text tells.
    const clang::SourceRange range(variable->getOuterLocStart(), pointer.getStarLoc());
    if (range.getBegin().isMacroID() || range.getEnd().isMacroID()) return;
    const llvm::StringRef text = clang::Lexer::getSourceText(clang::CharSourceRange::getTokenRange(range),
                                                             sema_.getSourceManager(), sema_.getLangOpts());
    for (const char* space : {"constant", "device", "thread"})
      if (text.empty() || text.contains(space)) return;
    report(pointer.getStarLoc(), "the pointer %0 must have an explicit address space qualifier", variable);
  }

  clang::Sema& sema_;
  const AttributeTable& attributes_;
  const clang::FunctionDecl* function_ = nullptr;
};

}  // namespace

void check_restrictions(clang::Sema& sema, const AttributeTable& attributes) {
  Restrictions restrictions(sema, attributes);
  for (clang::Decl* declaration : sema.Context.getTranslationUnitDecl()->noload_decls())
    if (!declaration->isFromASTFile() && !sema.getSourceManager().isInSystemHeader(declaration->getLocation()))
      restrictions.TraverseDecl(declaration);
}

}  // namespace pymetal::compiler
