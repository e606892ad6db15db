// The places where MSL allows what Clang's Sema rejects. The linker's --wrap sends Clang's own calls through these
// functions first; it works because Clang is linked statically and its version is pinned. CMakeLists.txt names them
// too.
#include "clang/AST/ASTContext.h"
#include "clang/Sema/Initialization.h"
#include "clang/Sema/Sema.h"

using clang::Expr;
using clang::ExprResult;
using clang::QualType;
using clang::Sema;
using clang::SourceLocation;

#define CONDITIONAL_OPERANDS \
  _ZN5clang4Sema27CXXCheckConditionalOperandsERNS_12ActionResultIPNS_4ExprELb1EEES5_S5_RNS_13ExprValueKindERNS_14ExprObjectKindENS_14SourceLocationE
#define C_STYLE_CAST _ZN5clang4Sema19BuildCStyleCastExprENS_14SourceLocationEPNS_14TypeSourceInfoES1_PNS_4ExprE
#define FUNCTIONAL_CAST \
  _ZN5clang4Sema26BuildCXXFunctionalCastExprEPNS_14TypeSourceInfoENS_8QualTypeENS_14SourceLocationEPNS_4ExprES4_
#define NAMED_CAST \
  _ZN5clang4Sema17BuildCXXNamedCastENS_14SourceLocationENS_3tok9TokenKindEPNS_14TypeSourceInfoEPNS_4ExprENS_11SourceRangeES8_
#define PARSED_NAMED_CAST \
  _ZN5clang4Sema17ActOnCXXNamedCastENS_14SourceLocationENS_3tok9TokenKindES1_RNS_10DeclaratorES1_S1_PNS_4ExprES1_
#define JOIN(a, b) a##b
#define REAL(name) JOIN(__real_, name)
#define WRAP(name) JOIN(__wrap_, name)

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"

extern "C" {
QualType REAL(CONDITIONAL_OPERANDS)(Sema*, ExprResult&, ExprResult&, ExprResult&, clang::ExprValueKind&,
                                    clang::ExprObjectKind&, SourceLocation);
ExprResult REAL(C_STYLE_CAST)(Sema*, SourceLocation, clang::TypeSourceInfo*, SourceLocation, Expr*);
ExprResult REAL(FUNCTIONAL_CAST)(Sema*, clang::TypeSourceInfo*, QualType, SourceLocation, Expr*, SourceLocation);
ExprResult REAL(NAMED_CAST)(Sema*, SourceLocation, clang::tok::TokenKind, clang::TypeSourceInfo*, Expr*,
                            clang::SourceRange, clang::SourceRange);
}

namespace {

/// A class value without its address space: a copy where the operand is an object, the same value otherwise.
bool drop_address_space(Sema& sema, ExprResult& operand) {
  const QualType type = sema.Context.removeAddrSpaceQualType(operand.get()->getType());
  if (operand.get()->isGLValue()) {
    operand = sema.PerformCopyInitialization(clang::InitializedEntity::InitializeTemporary(type.getUnqualifiedType()),
                                             SourceLocation(), operand.get());
  } else if (operand.get()->getType().hasAddressSpace()) {
    operand = sema.ImpCastExprToType(operand.get(), type, clang::CK_NoOp, clang::VK_PRValue);
  }
  return !operand.isInvalid();
}

/// Clang has no cast between bfloat and half. Metal has: it goes through float.
Expr* widen_small_float(Sema& sema, QualType target, Expr* operand) {
  if (operand == nullptr || operand->isTypeDependent() || target->isDependentType()) return operand;
  const QualType source = operand->getType().getNonReferenceType();
  const bool mixes =
      (source->isBFloat16Type() && target->isHalfType()) || (source->isHalfType() && target->isBFloat16Type());
  if (!mixes) return operand;
  const ExprResult value = sema.DefaultLvalueConversion(operand);
  if (value.isInvalid()) return operand;
  return sema.ImpCastExprToType(value.get(), sema.Context.FloatTy, clang::CK_FloatingCast).get();
}

}  // namespace

extern "C" {

/// `c ? buffer[i] : T(0)` with one class type in two address spaces.
QualType WRAP(CONDITIONAL_OPERANDS)(Sema* sema, ExprResult& condition, ExprResult& left, ExprResult& right,
                                    clang::ExprValueKind& value_kind, clang::ExprObjectKind& object_kind,
                                    SourceLocation question) {
  const Expr* l = left.get();
  const Expr* r = right.get();
  if (!l->isTypeDependent() && !r->isTypeDependent() && l->getType()->isRecordType() && r->getType()->isRecordType() &&
      sema->Context.hasSameUnqualifiedType(sema->Context.removeAddrSpaceQualType(l->getType()),
                                           sema->Context.removeAddrSpaceQualType(r->getType())) &&
      l->getType().getAddressSpace() != r->getType().getAddressSpace()) {
    if (!drop_address_space(*sema, left) || !drop_address_space(*sema, right)) return {};
  }
  return REAL(CONDITIONAL_OPERANDS)(sema, condition, left, right, value_kind, object_kind, question);
}

ExprResult WRAP(C_STYLE_CAST)(Sema* sema, SourceLocation open, clang::TypeSourceInfo* type, SourceLocation close,
                              Expr* operand) {
  return REAL(C_STYLE_CAST)(sema, open, type, close, widen_small_float(*sema, type->getType(), operand));
}

ExprResult WRAP(FUNCTIONAL_CAST)(Sema* sema, clang::TypeSourceInfo* info, QualType type, SourceLocation open,
                                 Expr* operand, SourceLocation close) {
  return REAL(FUNCTIONAL_CAST)(sema, info, type, open, widen_small_float(*sema, type, operand), close);
}

ExprResult WRAP(NAMED_CAST)(Sema* sema, SourceLocation at, clang::tok::TokenKind kind, clang::TypeSourceInfo* type,
                            Expr* operand, clang::SourceRange angles, clang::SourceRange parentheses) {
  if (kind == clang::tok::kw_static_cast) operand = widen_small_float(*sema, type->getType(), operand);
  return REAL(NAMED_CAST)(sema, at, kind, type, operand, angles, parentheses);
}

/// Clang's own function calls the one above from the same file, where the linker does not step in; this does the same.
ExprResult WRAP(PARSED_NAMED_CAST)(Sema* sema, SourceLocation at, clang::tok::TokenKind kind, SourceLocation left_angle,
                                   clang::Declarator& declarator, SourceLocation right_angle, SourceLocation open,
                                   Expr* operand, SourceLocation close) {
  clang::TypeSourceInfo* type = sema->GetTypeForDeclaratorCast(declarator, operand->getType());
  if (declarator.isInvalidType()) return clang::ExprError();
  sema->CheckExtraCXXDefaultArguments(declarator);
  return sema->BuildCXXNamedCast(at, kind, type, operand, {left_angle, right_angle}, {open, close});
}
}

#pragma clang diagnostic pop
