// Finds what is C++ and not MSL: the rules of Metal that Clang does not know.
#include "compiler/check_restrictions.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/CharInfo.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Sema/Sema.h"
#include "compiler/attribute_table.h"

namespace pymetal::compiler {
namespace {

class Restrictions : public clang::RecursiveASTVisitor<Restrictions> {
 public:
  Restrictions(clang::Sema& sema, const AttributeTable& attributes) : sema_(sema), attributes_(attributes) {}

  bool VisitVarDecl(clang::VarDecl* variable) {
    check_storage(variable);
    check_address_space(variable, variable->getOuterLocStart());
    return true;
  }

  bool VisitFieldDecl(clang::FieldDecl* field) {
    check_address_space(field, field->getOuterLocStart());
    return true;
  }

  bool VisitFunctionDecl(clang::FunctionDecl* function) {
    const clang::FunctionTypeLoc type = function->getFunctionTypeLoc();
    if (!type.isNull() && !function->isImplicit())
      check_address_space(function, function->getOuterLocStart(), type.getReturnLoc());
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

  void check_address_space(const clang::DeclaratorDecl* declaration, clang::SourceLocation begin) {
    if (declaration->getTypeSourceInfo() != nullptr && !declaration->isImplicit())
      check_address_space(declaration, begin, declaration->getTypeSourceInfo()->getTypeLoc());
  }

  /// `float *p` says not which memory p leads to.
  void check_address_space(const clang::NamedDecl* subject, clang::SourceLocation begin, clang::TypeLoc type) {
    const clang::TypeLoc written = type.getUnqualifiedLoc();
    const auto pointer = written.getAs<clang::PointerTypeLoc>();
    const auto reference = written.getAs<clang::LValueReferenceTypeLoc>();
    if (pointer.isNull() && reference.isNull()) return;
    const clang::QualType pointee = (pointer.isNull() ? reference.getPointeeLoc() : pointer.getPointeeLoc()).getType();
    const clang::SourceLocation at = pointer.isNull() ? reference.getAmpLoc() : pointer.getStarLoc();
    if (pointee->isDependentType() || pointee->isFunctionType() || pointee->getContainedDeducedType() != nullptr ||
        pointee.getAddressSpace() != clang::LangAS::opencl_generic)
      return;
    // Where `constant` stands, the type is the same: only the text tells, and not where a macro may hold the word.
    if (begin.isMacroID() || at.isMacroID()) return;
    const llvm::StringRef text = clang::Lexer::getSourceText(clang::CharSourceRange::getTokenRange(begin, at),
                                                             sema_.getSourceManager(), sema_.getLangOpts());
    if (text.empty() || names_space_or_macro(text) || follows_thread(begin)) return;
    if (pointer.isNull() && llvm::isa<clang::FunctionDecl>(subject))
      report(at, "the reference that %0 returns must have an explicit address space qualifier", subject);
    else if (pointer.isNull())
      report(at, "the reference %0 must have an explicit address space qualifier", subject);
    else if (llvm::isa<clang::FunctionDecl>(subject))
      report(at, "the pointer that %0 returns must have an explicit address space qualifier", subject);
    else
      report(at, "the pointer %0 must have an explicit address space qualifier", subject);
  }

  /// The token filter leaves out the `thread` of `thread const T &`, so that the declaration begins behind it.
  bool follows_thread(clang::SourceLocation begin) const {
    const auto [file, offset] = sema_.getSourceManager().getDecomposedLoc(begin);
    return sema_.getSourceManager().getBufferData(file).take_front(offset).rtrim().ends_with("thread");
  }

  bool names_space_or_macro(llvm::StringRef text) const {
    while (!text.empty()) {
      text = text.drop_until([](char c) { return clang::isAsciiIdentifierStart(c); });
      const llvm::StringRef word = text.take_while([](char c) { return clang::isAsciiIdentifierContinue(c); });
      if (word == "constant" || word == "device" || word == "thread" || word == "threadgroup") return true;
      const clang::IdentifierInfo* name = sema_.getPreprocessor().getIdentifierInfo(word);
      if (!word.empty() && name->hasMacroDefinition()) return true;
      text = text.drop_front(word.size());
    }
    return false;
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
