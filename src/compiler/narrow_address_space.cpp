// Lets what may lie anywhere be used as what lies in the thread address space. MSL's methods without a qualifier are
// those of objects in it; here `this` is generic, so that one method serves all, and its members are generic with it.
#include "compiler/narrow_address_space.h"

#include "clang/AST/ASTContext.h"

namespace pymetal::compiler {

using clang::Expr;
using clang::ExprResult;
using clang::LangAS;
using clang::QualType;
using clang::Sema;

namespace {

/// The generic address space, or none: where references and pointers without a qualifier lead.
bool is_anywhere(LangAS space) { return space == LangAS::opencl_generic || space == LangAS::Default; }

/// The type, or that of an array's elements, in another address space.
QualType move_to(Sema& sema, QualType type, LangAS space) {
  clang::Qualifiers qualifiers;
  const QualType bare = sema.Context.getUnqualifiedArrayType(type, qualifiers);
  qualifiers.setAddressSpace(space);
  return sema.Context.getQualifiedType(bare, qualifiers);
}

}  // namespace

bool leads_to_thread(QualType type) {
  return (type->isReferenceType() || type->isPointerType()) &&
         type->getPointeeType().getAddressSpace() == LangAS::opencl_private;
}

bool leads_anywhere(const Expr& operand) {
  const QualType type = operand.getType();
  if (type.isNull() || operand.isTypeDependent() || type->isFunctionType() || type->isFunctionPointerType())
    return false;
  return (operand.isGLValue() && is_anywhere(type.getAddressSpace())) ||
         (type->isPointerType() && is_anywhere(type->getPointeeType().getAddressSpace()));
}

Expr* narrow_address_space(Sema& sema, QualType target, Expr* operand) {
  if (!leads_anywhere(*operand) || (!target->isReferenceType() && !target->isPointerType())) return operand;
  const LangAS space = target->getPointeeType().getAddressSpace();
  if (space == LangAS::Default) return operand;
  const QualType type = operand->getType();
  // `constant` is generic and const: what cannot be written is not the thread's own.
  const QualType from = type->isPointerType() ? type->getPointeeType() : type;
  if (from.isConstQualified() && !target->getPointeeType().isConstQualified()) return operand;
  if (target->isReferenceType() || type->isArrayType()) {
    if (!operand->isGLValue() || !is_anywhere(type.getAddressSpace())) return operand;
    const QualType narrowed = move_to(sema, type, space);
    return sema.ImpCastExprToType(operand, narrowed, clang::CK_AddressSpaceConversion, operand->getValueKind()).get();
  }
  if (!type->isPointerType() || !is_anywhere(type->getPointeeType().getAddressSpace())) return operand;
  const ExprResult value = sema.DefaultFunctionArrayLvalueConversion(operand);
  if (value.isInvalid()) return operand;
  const QualType narrowed = sema.Context.getPointerType(move_to(sema, type->getPointeeType(), space));
  return sema.ImpCastExprToType(value.get(), narrowed, clang::CK_AddressSpaceConversion).get();
}

Expr* narrow_to_thread(Sema& sema, Expr* operand) {
  const QualType type = move_to(sema, operand->getType(), LangAS::opencl_private);
  return narrow_address_space(sema, sema.Context.getLValueReferenceType(type), operand);
}

}  // namespace pymetal::compiler
