// Steps in front of Clang's functions, like sema_hooks.cpp, where operators are applied: what is reached by way of
// `this` is an operand for operators that are only for objects in the thread address space, and swizzles are vectors.
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Sema/Overload.h"
#include "clang/Sema/Sema.h"
#include "compiler/narrow_address_space.h"
#include "compiler/wrapped_symbol.h"
#include "llvm/ADT/STLExtras.h"

using clang::Expr;
using clang::ExprResult;
using clang::Sema;
using clang::SourceLocation;

#define OVERLOADED_BINARY_OPERATOR \
  _ZN5clang4Sema21CreateOverloadedBinOpENS_14SourceLocationENS_18BinaryOperatorKindERKNS_17UnresolvedSetImplEPNS_4ExprES7_bbPNS_12FunctionDeclE
#define OVERLOADED_UNARY_OPERATOR \
  _ZN5clang4Sema23CreateOverloadedUnaryOpENS_14SourceLocationENS_17UnaryOperatorKindERKNS_17UnresolvedSetImplEPNS_4ExprEb
#define BUILT_IN_BINARY_OPERATOR \
  _ZN5clang4Sema18CreateBuiltinBinOpENS_14SourceLocationENS_18BinaryOperatorKindEPNS_4ExprES4_b
#define BUILT_IN_UNARY_OPERATOR \
  _ZN5clang4Sema20CreateBuiltinUnaryOpENS_14SourceLocationENS_17UnaryOperatorKindEPNS_4ExprEb
#define OVERLOADED_SUBSCRIPT \
  _ZN5clang4Sema34CreateOverloadedArraySubscriptExprENS_14SourceLocationES1_PNS_4ExprEN4llvm15MutableArrayRefIS3_EE
#define OVERLOADED_ARROW _ZN5clang4Sema24BuildOverloadedArrowExprEPNS_5ScopeEPNS_4ExprENS_14SourceLocationEPb
#define OBJECT_CALL \
  _ZN5clang4Sema28BuildCallToObjectOfClassTypeEPNS_5ScopeEPNS_4ExprENS_14SourceLocationEN4llvm15MutableArrayRefIS4_EES5_

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"

extern "C" {
ExprResult REAL(OVERLOADED_BINARY_OPERATOR)(Sema*, SourceLocation, clang::BinaryOperatorKind,
                                            const clang::UnresolvedSetImpl&, Expr*, Expr*, bool, bool,
                                            clang::FunctionDecl*);
ExprResult REAL(OVERLOADED_UNARY_OPERATOR)(Sema*, SourceLocation, clang::UnaryOperatorKind,
                                           const clang::UnresolvedSetImpl&, Expr*, bool);
ExprResult REAL(BUILT_IN_BINARY_OPERATOR)(Sema*, SourceLocation, clang::BinaryOperatorKind, Expr*, Expr*, bool);
ExprResult REAL(BUILT_IN_UNARY_OPERATOR)(Sema*, SourceLocation, clang::UnaryOperatorKind, Expr*, bool);
ExprResult REAL(OVERLOADED_SUBSCRIPT)(Sema*, SourceLocation, SourceLocation, Expr*, clang::MultiExprArg);
ExprResult REAL(OVERLOADED_ARROW)(Sema*, clang::Scope*, Expr*, SourceLocation, bool*);
ExprResult REAL(OBJECT_CALL)(Sema*, clang::Scope*, Expr*, SourceLocation, clang::MultiExprArg, SourceLocation);
}

namespace {

/// An object of a class of the program's own, which may lie anywhere. The library's classes serve every space.
bool may_be_narrowed(const Sema& sema, const Expr* operand) {
  if (!pymetal::compiler::leads_anywhere(*operand) || !operand->isGLValue()) return false;
  const clang::CXXRecordDecl* record = operand->getType()->getAsCXXRecordDecl();
  return record != nullptr && !sema.getSourceManager().isInSystemHeader(record->getLocation());
}

/// Builds an operation; where it has no meaning otherwise, with its operands in the thread address space.
ExprResult build(Sema& sema, std::initializer_list<llvm::MutableArrayRef<Expr*>> operands,
                 llvm::function_ref<ExprResult()> operation) {
  bool is_known = true;
  bool may_narrow = false;
  for (const llvm::MutableArrayRef<Expr*> some : operands)
    for (const Expr* operand : some) {
      is_known &= !operand->isTypeDependent();
      may_narrow |= may_be_narrowed(sema, operand);
    }
  if (!is_known || !may_narrow) return operation();
  const auto has_meaning = [&] {
    const Sema::TentativeAnalysisScope attempt(sema);
    return !operation().isInvalid();
  };
  if (has_meaning()) return operation();
  std::vector<Expr*> given;
  for (const llvm::MutableArrayRef<Expr*> some : operands)
    for (Expr*& operand : some) {
      given.push_back(operand);
      if (may_be_narrowed(sema, operand)) operand = pymetal::compiler::narrow_to_thread(sema, operand);
    }
  if (has_meaning()) return operation();
  // The error is about what the program wrote.
  auto next = given.begin();
  for (const llvm::MutableArrayRef<Expr*> some : operands)
    for (Expr*& operand : some) operand = *next++;
  return operation();
}

/// `v.xy` is a property, which has its own type, that of a vector, only when it is read.
bool is_property(const Expr* operand) { return operand->hasPlaceholderType(clang::BuiltinType::PseudoObject); }

/// Reads the operand if it is a property.
bool read_property(Sema& sema, Expr*& operand) {
  if (!is_property(operand)) return true;
  const ExprResult value = sema.CheckPlaceholderExpr(operand);
  if (value.isUsable()) operand = value.get();
  return value.isUsable();
}

}  // namespace

extern "C" {

/// `v.xy | v.yx` in a template: when the types become known, Clang takes operands that are both properties for operands
/// of a built-in type.
ExprResult WRAP(BUILT_IN_BINARY_OPERATOR)(Sema* sema, SourceLocation at, clang::BinaryOperatorKind kind, Expr* left,
                                          Expr* right, bool is_fold) {
  const bool are_read =
      !clang::BinaryOperator::isAssignmentOp(kind) && !left->isTypeDependent() && !right->isTypeDependent();
  if (are_read && (is_property(left) || is_property(right))) {
    if (!read_property(*sema, left) || !read_property(*sema, right)) return clang::ExprError();
    if (left->getType()->isRecordType() || right->getType()->isRecordType())
      return sema->BuildBinOp(nullptr, at, kind, left, right);
  }
  return REAL(BUILT_IN_BINARY_OPERATOR)(sema, at, kind, left, right, is_fold);
}

/// `-v.xy` likewise.
ExprResult WRAP(BUILT_IN_UNARY_OPERATOR)(Sema* sema, SourceLocation at, clang::UnaryOperatorKind kind, Expr* operand,
                                         bool is_after_amp) {
  if (is_property(operand) && clang::UnaryOperator::isArithmeticOp(kind)) {
    if (!read_property(*sema, operand)) return clang::ExprError();
    if (operand->getType()->isRecordType()) return sema->BuildUnaryOp(nullptr, at, kind, operand, is_after_amp);
  }
  return REAL(BUILT_IN_UNARY_OPERATOR)(sema, at, kind, operand, is_after_amp);
}

/// `pointer += x` for an x of class type: Clang's candidate takes a reference without an address space to the pointer,
/// which binds to none that has one.
ExprResult WRAP(OVERLOADED_BINARY_OPERATOR)(Sema* sema, SourceLocation at, clang::BinaryOperatorKind kind,
                                            const clang::UnresolvedSetImpl& functions, Expr* left, Expr* right,
                                            bool uses_lookup, bool allows_rewritten, clang::FunctionDecl* comparison) {
  const bool moves_pointer = (kind == clang::BO_AddAssign || kind == clang::BO_SubAssign) && !left->isTypeDependent() &&
                             !right->isTypeDependent() && left->getType()->isPointerType() &&
                             right->getType()->isRecordType();
  if (moves_pointer) {
    const ExprResult distance =
        sema->PerformImplicitConversion(right, sema->Context.getPointerDiffType(), clang::AssignmentAction::Converting);
    return distance.isInvalid() ? clang::ExprError() : sema->CreateBuiltinBinOp(at, kind, left, distance.get());
  }
  const clang::QualType left_type = left->getType();
  const clang::QualType right_type = right->getType();
  clang::DiagnosticsEngine& engine = sema->getDiagnostics();
  const unsigned errors = engine.getClient()->getNumErrors();
  const ExprResult result = build(*sema, {left, right}, [&] {
    return REAL(OVERLOADED_BINARY_OPERATOR)(sema, at, kind, functions, left, right, uses_lookup, allows_rewritten,
                                            comparison);
  });
  // Clang's error of an assignment names no types.
  if (clang::BinaryOperator::isAssignmentOp(kind) && left_type->isRecordType() &&
      engine.getClient()->getNumErrors() == errors + 1)
    engine.Report(at,
                  engine.getCustomDiagID(clang::DiagnosticsEngine::Note, "the left side is %0, and the right side %1"))
        << left_type << right_type;
  return result;
}

ExprResult WRAP(OVERLOADED_UNARY_OPERATOR)(Sema* sema, SourceLocation at, clang::UnaryOperatorKind kind,
                                           const clang::UnresolvedSetImpl& functions, Expr* operand, bool uses_lookup) {
  return build(*sema, {operand},
               [&] { return REAL(OVERLOADED_UNARY_OPERATOR)(sema, at, kind, functions, operand, uses_lookup); });
}

ExprResult WRAP(OVERLOADED_SUBSCRIPT)(Sema* sema, SourceLocation open, SourceLocation close, Expr* object,
                                      clang::MultiExprArg indices) {
  return build(*sema, {object, indices},
               [&] { return REAL(OVERLOADED_SUBSCRIPT)(sema, open, close, object, indices); });
}

ExprResult WRAP(OVERLOADED_ARROW)(Sema* sema, clang::Scope* scope, Expr* object, SourceLocation at, bool* is_absent) {
  return build(*sema, {object}, [&] { return REAL(OVERLOADED_ARROW)(sema, scope, object, at, is_absent); });
}

ExprResult WRAP(OBJECT_CALL)(Sema* sema, clang::Scope* scope, Expr* object, SourceLocation open,
                             clang::MultiExprArg arguments, SourceLocation close) {
  return build(*sema, {object, arguments},
               [&] { return REAL(OBJECT_CALL)(sema, scope, object, open, arguments, close); });
}
}

#pragma clang diagnostic pop
