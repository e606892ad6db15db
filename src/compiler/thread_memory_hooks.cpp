// Steps in front of Clang's functions, like sema_hooks.cpp, where members become what `thread` references and pointers
// lead to: initialisation, and calls.
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Sema/Initialization.h"
#include "clang/Sema/Overload.h"
#include "clang/Sema/Sema.h"
#include "clang/Sema/TemplateDeduction.h"
#include "compiler/explain_call.h"
#include "compiler/narrow_address_space.h"
#include "compiler/wrapped_symbol.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using clang::Expr;
using clang::ExprResult;
using clang::LangAS;
using clang::QualType;
using clang::Sema;
using clang::SourceLocation;
using pymetal::compiler::leads_anywhere;
using pymetal::compiler::leads_to_thread;
using pymetal::compiler::narrow_address_space;

#define IS_SUPERSET _ZN5clang10Qualifiers30isTargetAddressSpaceSupersetOfENS_6LangASES1_RKNS_10ASTContextE
#define COPY_INITIALIZATION \
  _ZN5clang4Sema25PerformCopyInitializationERKNS_17InitializedEntityENS_14SourceLocationENS_12ActionResultIPNS_4ExprELb1EEEbb
#define VARIABLE_INITIALIZER _ZN5clang4Sema20AddInitializerToDeclEPNS_4DeclEPNS_4ExprEb
#define FUNCTION_CALL \
  _ZN5clang4Sema23BuildOverloadedCallExprEPNS_5ScopeEPNS_4ExprEPNS_20UnresolvedLookupExprENS_14SourceLocationEN4llvm15MutableArrayRefIS4_EES7_S4_bb
#define METHOD_CALL \
  _ZN5clang4Sema25BuildCallToMemberFunctionEPNS_5ScopeEPNS_4ExprENS_14SourceLocationEN4llvm15MutableArrayRefIS4_EES5_S4_bb
#define DEDUCTION \
  _ZN5clang4Sema23DeduceTemplateArgumentsEPNS_20FunctionTemplateDeclEPNS_24TemplateArgumentListInfoEN4llvm8ArrayRefIPNS_4ExprEEERPNS_12FunctionDeclERNS_4sema21TemplateDeductionInfoEbbbNS_8QualTypeENS7_14ClassificationEbNS5_12function_refIFbNS6_ISG_EEbEEE

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"

extern "C" {
bool REAL(IS_SUPERSET)(LangAS, LangAS, const clang::ASTContext&);
ExprResult REAL(COPY_INITIALIZATION)(Sema*, const clang::InitializedEntity&, SourceLocation, ExprResult, bool, bool);
void REAL(VARIABLE_INITIALIZER)(Sema*, clang::Decl*, Expr*, bool);
ExprResult REAL(FUNCTION_CALL)(Sema*, clang::Scope*, Expr*, clang::UnresolvedLookupExpr*, SourceLocation,
                               clang::MultiExprArg, SourceLocation, Expr*, bool, bool);
ExprResult REAL(METHOD_CALL)(Sema*, clang::Scope*, Expr*, SourceLocation, clang::MultiExprArg, SourceLocation, Expr*,
                             bool, bool);
clang::TemplateDeductionResult REAL(DEDUCTION)(Sema*, clang::FunctionTemplateDecl*, clang::TemplateArgumentListInfo*,
                                               llvm::ArrayRef<Expr*>, clang::FunctionDecl*&,
                                               clang::sema::TemplateDeductionInfo&, bool, bool, bool, QualType,
                                               Expr::Classification, bool,
                                               llvm::function_ref<bool(llvm::ArrayRef<QualType>, bool)>);
}

namespace {

/// Whether conversion from generic to thread is implicit. Only where a call has no other candidate: the ranking of
/// candidates relies on one of two address spaces being the wider.
thread_local bool converts_to_thread = false;

bool is_anywhere(LangAS space) { return space == LangAS::opencl_generic || space == LangAS::Default; }

const clang::FunctionDecl* function_of(const clang::NamedDecl* declaration) {
  declaration = declaration->getUnderlyingDecl();
  if (const auto* function_template = llvm::dyn_cast<clang::FunctionTemplateDecl>(declaration))
    return function_template->getTemplatedDecl();
  return llvm::dyn_cast<clang::FunctionDecl>(declaration);
}

/// Whether a call of one of the candidates could need the conversion.
template <class Candidates>
bool may_convert_to_thread(const Candidates& candidates, llvm::ArrayRef<Expr*> arguments, bool has_generic_object) {
  if (llvm::any_of(arguments, [](const Expr* argument) { return argument->isTypeDependent(); })) return false;
  const bool has_generic_argument =
      llvm::any_of(arguments, [](const Expr* argument) { return leads_anywhere(*argument); });
  if (!has_generic_argument && !has_generic_object) return false;
  return llvm::any_of(candidates, [&](const clang::NamedDecl* candidate) {
    const clang::FunctionDecl* function = function_of(candidate);
    if (function == nullptr) return false;
    const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function);
    if (has_generic_object && method != nullptr &&
        method->getMethodQualifiers().getAddressSpace() == LangAS::opencl_private)
      return true;
    return has_generic_argument && llvm::any_of(function->parameters(), [](const clang::ParmVarDecl* parameter) {
             return leads_to_thread(parameter->getType());
           });
  });
}

bool has_no_viable(Sema& sema, clang::OverloadCandidateSet& candidates, SourceLocation at) {
  clang::OverloadCandidateSet::iterator best;
  return candidates.BestViableFunction(sema, at, best) == clang::OR_No_Viable_Function;
}

/// Whether the function call finds a function only if conversion to thread is implicit.
bool needs_conversion(Sema& sema, clang::Scope* scope, Expr* callee, clang::UnresolvedLookupExpr* lookup,
                      clang::MultiExprArg arguments, SourceLocation close) {
  if (!may_convert_to_thread(lookup->decls(), arguments, false)) return false;
  clang::OverloadCandidateSet candidates(callee->getExprLoc(), clang::OverloadCandidateSet::CSK_Normal);
  ExprResult result;
  return !sema.buildOverloadedCallSet(scope, callee, lookup, arguments, close, &candidates, &result) &&
         has_no_viable(sema, candidates, callee->getExprLoc());
}

/// The same for the call of a method.
bool needs_conversion(Sema& sema, Expr* callee, llvm::ArrayRef<Expr*> arguments) {
  callee = callee->IgnoreParens();
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(callee))
    return may_convert_to_thread(llvm::ArrayRef(member->getMemberDecl()), arguments,
                                 leads_anywhere(*member->getBase()));
  auto* member = llvm::dyn_cast<clang::UnresolvedMemberExpr>(callee);
  if (member == nullptr) return false;
  QualType object = member->getBaseType();
  if (member->isArrow()) object = object->getPointeeType();
  const bool has_generic_object =
      object.getAddressSpace() == LangAS::opencl_generic || object.getAddressSpace() == LangAS::Default;
  if (object->isDependentType() || !may_convert_to_thread(member->decls(), arguments, has_generic_object)) return false;
  const Expr::Classification classification = member->isArrow() || member->isImplicitAccess()
                                                  ? Expr::Classification::makeSimpleLValue()
                                                  : member->getBase()->Classify(sema.Context);
  clang::TemplateArgumentListInfo explicit_arguments;
  if (member->hasExplicitTemplateArgs()) member->copyTemplateArgumentsInto(explicit_arguments);
  clang::OverloadCandidateSet candidates(member->getMemberLoc(), clang::OverloadCandidateSet::CSK_Normal);
  for (auto found = member->decls_begin(); found != member->decls_end(); ++found) {
    auto* method_template = llvm::dyn_cast<clang::FunctionTemplateDecl>((*found)->getUnderlyingDecl());
    if (method_template != nullptr && member->hasExplicitTemplateArgs()) {
      sema.AddMethodTemplateCandidate(method_template, found.getPair(),
                                      llvm::cast<clang::CXXRecordDecl>((*found)->getDeclContext()), &explicit_arguments,
                                      object, classification, arguments, candidates);
    } else if (!member->hasExplicitTemplateArgs()) {
      sema.AddMethodCandidate(found.getPair(), object, classification, arguments, candidates);
    }
  }
  return has_no_viable(sema, candidates, member->getMemberLoc());
}

}  // namespace

extern "C" {

bool WRAP(IS_SUPERSET)(LangAS outer, LangAS inner, const clang::ASTContext& context) {
  // A temporary is in no address space; Clang asks of it only where an object parameter is const.
  return (converts_to_thread && outer == LangAS::opencl_private && is_anywhere(inner)) ||
         REAL(IS_SUPERSET)(outer, inner, context);
}

/// Arguments and results.
ExprResult WRAP(COPY_INITIALIZATION)(Sema* sema, const clang::InitializedEntity& entity, SourceLocation at,
                                     ExprResult value, bool is_top_level, bool allows_explicit) {
  if (!value.isInvalid() && leads_to_thread(entity.getType()))
    value = narrow_address_space(*sema, entity.getType(), value.get());
  return REAL(COPY_INITIALIZATION)(sema, entity, at, value, is_top_level, allows_explicit);
}

/// Variables, `thread auto &` among them.
void WRAP(VARIABLE_INITIALIZER)(Sema* sema, clang::Decl* declaration, Expr* value, bool is_direct) {
  const auto* variable = llvm::dyn_cast_or_null<clang::VarDecl>(declaration);
  if (variable != nullptr && value != nullptr && leads_to_thread(variable->getType()))
    value = narrow_address_space(*sema, variable->getType(), value);
  REAL(VARIABLE_INITIALIZER)(sema, declaration, value, is_direct);
}

ExprResult WRAP(FUNCTION_CALL)(Sema* sema, clang::Scope* scope, Expr* callee, clang::UnresolvedLookupExpr* lookup,
                               SourceLocation open, clang::MultiExprArg arguments, SourceLocation close, Expr* config,
                               bool allows_correction, bool is_address_taken) {
  const llvm::SaveAndRestore<bool> saved(converts_to_thread, false);
  converts_to_thread = needs_conversion(*sema, scope, callee, lookup, arguments, close);
  const unsigned errors = sema->getDiagnostics().getClient()->getNumErrors();
  ExprResult call = REAL(FUNCTION_CALL)(sema, scope, callee, lookup, open, arguments, close, config, allows_correction,
                                        is_address_taken);
  pymetal::compiler::explain_failed_call(*sema, *lookup, arguments, errors);
  return call;
}

ExprResult WRAP(METHOD_CALL)(Sema* sema, clang::Scope* scope, Expr* callee, SourceLocation open,
                             clang::MultiExprArg arguments, SourceLocation close, Expr* config, bool is_config,
                             bool allows_recovery) {
  const llvm::SaveAndRestore<bool> saved(converts_to_thread, false);
  converts_to_thread = needs_conversion(*sema, callee, arguments);
  return REAL(METHOD_CALL)(sema, scope, callee, open, arguments, close, config, is_config, allows_recovery);
}

/// `f(member)` for a `template <class T> void f(thread T &)`: deduction compares address spaces by itself.
clang::TemplateDeductionResult WRAP(DEDUCTION)(
    Sema* sema, clang::FunctionTemplateDecl* function_template, clang::TemplateArgumentListInfo* explicit_arguments,
    llvm::ArrayRef<Expr*> arguments, clang::FunctionDecl*& specialization, clang::sema::TemplateDeductionInfo& info,
    bool is_partial_overloading, bool is_aggregate_candidate, bool is_partial_ordering, QualType object_type,
    Expr::Classification object_classification, bool is_for_address,
    llvm::function_ref<bool(llvm::ArrayRef<QualType>, bool)> check_non_dependent) {
  llvm::SmallVector<Expr*, 8> narrowed(arguments);
  if (converts_to_thread) {
    const llvm::ArrayRef<clang::ParmVarDecl*> parameters = function_template->getTemplatedDecl()->parameters();
    for (auto [argument, parameter] : llvm::zip(narrowed, parameters))
      if (leads_to_thread(parameter->getType())) argument = narrow_address_space(*sema, parameter->getType(), argument);
  }
  return REAL(DEDUCTION)(sema, function_template, explicit_arguments, narrowed, specialization, info,
                         is_partial_overloading, is_aggregate_candidate, is_partial_ordering, object_type,
                         object_classification, is_for_address, check_non_dependent);
}
}

#pragma clang diagnostic pop
