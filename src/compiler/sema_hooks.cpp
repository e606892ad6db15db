// The places where MSL allows what Clang's Sema rejects. The linker's --wrap sends Clang's own calls through these
// functions first; it works because Clang is linked statically and its version is pinned. CMakeLists.txt names them
// too.
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Sema/Initialization.h"
#include "clang/Sema/Overload.h"
#include "clang/Sema/Sema.h"
#include "clang/Sema/SemaInternal.h"
#include "compiler/narrow_address_space.h"
#include "compiler/wrapped_symbol.h"

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
#define TYPE_CONSTRUCTION \
  _ZN5clang4Sema25BuildCXXTypeConstructExprEPNS_14TypeSourceInfoENS_14SourceLocationEN4llvm15MutableArrayRefIPNS_4ExprEEES3_b
#define PARSED_TYPE_CONSTRUCTION \
  _ZN5clang4Sema25ActOnCXXTypeConstructExprENS_9OpaquePtrINS_8QualTypeEEENS_14SourceLocationEN4llvm15MutableArrayRefIPNS_4ExprEEES4_b
#define DECLTYPE _ZNK5clang10ASTContext15getDecltypeTypeEPNS_4ExprENS_8QualTypeE

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"

extern "C" {
QualType REAL(CONDITIONAL_OPERANDS)(Sema*, ExprResult&, ExprResult&, ExprResult&, clang::ExprValueKind&,
                                    clang::ExprObjectKind&, SourceLocation);
ExprResult REAL(C_STYLE_CAST)(Sema*, SourceLocation, clang::TypeSourceInfo*, SourceLocation, Expr*);
ExprResult REAL(FUNCTIONAL_CAST)(Sema*, clang::TypeSourceInfo*, QualType, SourceLocation, Expr*, SourceLocation);
ExprResult REAL(NAMED_CAST)(Sema*, SourceLocation, clang::tok::TokenKind, clang::TypeSourceInfo*, Expr*,
                            clang::SourceRange, clang::SourceRange);
ExprResult REAL(PARSED_TYPE_CONSTRUCTION)(Sema*, clang::ParsedType, SourceLocation, clang::MultiExprArg, SourceLocation,
                                          bool);
QualType REAL(DECLTYPE)(const clang::ASTContext*, Expr*, QualType);
ExprResult REAL(TYPE_CONSTRUCTION)(Sema*, clang::TypeSourceInfo*, SourceLocation, clang::MultiExprArg, SourceLocation,
                                   bool);
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
  if (operand == nullptr || operand->getType().isNull() || operand->isTypeDependent() || target->isDependentType())
    return operand;
  // `v.g` is a property, which has its own type only when it is read.
  if ((target->isHalfType() || target->isBFloat16Type()) &&
      operand->hasPlaceholderType(clang::BuiltinType::PseudoObject)) {
    const ExprResult read = sema.CheckPlaceholderExpr(operand);
    if (read.isInvalid()) return operand;
    operand = read.get();
  }
  const QualType source = operand->getType().getNonReferenceType();
  const bool mixes =
      (source->isBFloat16Type() && target->isHalfType()) || (source->isHalfType() && target->isBFloat16Type());
  if (!mixes) return operand;
  const ExprResult value = sema.DefaultLvalueConversion(operand);
  if (value.isInvalid()) return operand;
  return sema.ImpCastExprToType(value.get(), sema.Context.FloatTy, clang::CK_FloatingCast).get();
}

/// The number of components of `vec<T, N>`, or 0 for any other type.
unsigned vector_size(QualType type) {
  const auto* record = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
  if (record == nullptr || record->getName() != "vec" || record->getTemplateArgs().size() != 2) return 0;
  return static_cast<unsigned>(record->getTemplateArgs()[1].getAsIntegral().getZExtValue());
}

/// Notes how many components were given to a vector's constructor, where it is their number that is wrong.
void note_components(Sema& sema, QualType type, llvm::ArrayRef<Expr*> arguments, SourceLocation at) {
  const unsigned size = type.isNull() || type->isDependentType() ? 0 : vector_size(type);
  unsigned given = 0;
  for (const Expr* argument : arguments) {
    if (size == 0 || argument->isTypeDependent()) return;
    const QualType part = argument->getType();
    const unsigned components = part->isScalarType() ? 1 : part->isRecordType() ? vector_size(part) : 0;
    if (components == 0) return;
    given += components;
  }
  if (given == size || arguments.empty()) return;
  clang::DiagnosticsEngine& engine = sema.getDiagnostics();
  engine.Report(
      at, engine.getCustomDiagID(clang::DiagnosticsEngine::Note, "the arguments have %0 component%s0, and %1 has %2"))
      << given << type << size;
}

/// `uint4 x = {a, b, c}` fills up with zeros, and `uint4(a, b, c)` is wrong; one constructor serves both. Tells the
/// error.
bool is_short_of_components(Sema& sema, QualType type, llvm::ArrayRef<Expr*> arguments, SourceLocation at) {
  const unsigned size = type.isNull() || type->isDependentType() ? 0 : vector_size(type);
  if (arguments.size() < 2 || arguments.size() >= size) return false;
  const bool are_scalars = llvm::all_of(arguments, [](const Expr* argument) {
    return !argument->isTypeDependent() && argument->getType()->isScalarType();
  });
  if (are_scalars) {
    sema.Diag(at, clang::diag::err_ovl_no_viable_function_in_init) << type;
    note_components(sema, type, arguments, at);
  }
  return are_scalars;
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
  const bool names_thread_object = kind == clang::tok::kw_static_cast && !operand->isTypeDependent() &&
                                   pymetal::compiler::leads_to_thread(type->getType());
  if ((kind == clang::tok::kw_reinterpret_cast && !type->getType()->isDependentType()) || names_thread_object)
    operand = pymetal::compiler::narrow_address_space(*sema, type->getType(), operand);
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

/// `decltype` of a variable is its type alone: a value of that type may stand elsewhere.
QualType WRAP(DECLTYPE)(const clang::ASTContext* context, Expr* expression, QualType type) {
  if (!type.isNull() && !type->isReferenceType()) type = context->removeAddrSpaceQualType(type);
  return REAL(DECLTYPE)(context, expression, type);
}

ExprResult WRAP(TYPE_CONSTRUCTION)(Sema* sema, clang::TypeSourceInfo* info, SourceLocation open,
                                   clang::MultiExprArg arguments, SourceLocation close, bool is_list) {
  if (!is_list && is_short_of_components(*sema, info->getType(), arguments, open)) return clang::ExprError();
  return REAL(TYPE_CONSTRUCTION)(sema, info, open, arguments, close, is_list);
}

ExprResult WRAP(PARSED_TYPE_CONSTRUCTION)(Sema* sema, clang::ParsedType parsed, SourceLocation open,
                                          clang::MultiExprArg arguments, SourceLocation close, bool is_list) {
  if (!is_list && parsed && is_short_of_components(*sema, Sema::GetTypeFromParser(parsed), arguments, open))
    return clang::ExprError();
  const unsigned errors = sema->getDiagnostics().getClient()->getNumErrors();
  const ExprResult result = REAL(PARSED_TYPE_CONSTRUCTION)(sema, parsed, open, arguments, close, is_list);
  if (sema->getDiagnostics().getClient()->getNumErrors() == errors + 1 && parsed)
    note_components(*sema, Sema::GetTypeFromParser(parsed), arguments, open);
  return result;
}
}

#pragma clang diagnostic pop
