// Steps in front of Clang's functions, like sema_hooks.cpp, where it tells methods from other functions: OpenCL puts
// every function type that a class mentions into the generic address space, and none that pointers to members lead to.
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Sema/DeclSpec.h"
#include "clang/Sema/ParsedTemplate.h"
#include "clang/Sema/Sema.h"
#include "compiler/wrapped_symbol.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using clang::LangAS;
using clang::QualType;
using clang::Sema;

#define TYPE_OF_DECLARATOR _ZN5clang4Sema20GetTypeForDeclaratorERNS_10DeclaratorE
#define METHOD_SPACE _ZNK5clang4Sema28getDefaultCXXMethodAddrSpaceEv
#define MEMBER_POINTER \
  _ZNK5clang10ASTContext20getMemberPointerTypeENS_8QualTypeENS_19NestedNameSpecifierEPKNS_13CXXRecordDeclE

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"

extern "C" {
clang::TypeSourceInfo* REAL(TYPE_OF_DECLARATOR)(Sema*, clang::Declarator&);
LangAS REAL(METHOD_SPACE)(const Sema*);
QualType REAL(MEMBER_POINTER)(const clang::ASTContext*, QualType, clang::NestedNameSpecifier,
                              const clang::CXXRecordDecl*);
}

namespace {

/// How many of the function types that come next are no methods. Clang builds a declarator's from the innermost on.
thread_local unsigned plain_functions = 0;

const clang::IdentifierInfo* name_of(clang::Declarator& declarator) {
  const clang::UnqualifiedId& name = declarator.getName();
  return name.getKind() == clang::UnqualifiedIdKind::IK_TemplateId ? name.TemplateId->Name : declarator.getIdentifier();
}

/// Whether `X::name` is a static method, of which only the declaration inside the class says so.
bool names_static_method(Sema& sema, clang::Declarator& declarator) {
  const clang::IdentifierInfo* name = name_of(declarator);
  if (declarator.getCXXScopeSpec().isEmpty() || name == nullptr) return false;
  const clang::DeclContext* context = sema.computeDeclContext(declarator.getCXXScopeSpec(), /*EnteringContext=*/true);
  if (context == nullptr || !context->isRecord()) return false;
  const auto found = context->lookup(name);
  return !found.empty() && llvm::all_of(found, [](const clang::NamedDecl* declaration) {
    const auto* method = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(declaration->getAsFunction());
    return method != nullptr && method->isStatic();
  });
}

/// Whether the declarator declares a function with `this`, if it is in a class.
bool declares_method(Sema& sema, clang::Declarator& declarator) {
  const clang::DeclSpec& specifiers = declarator.getDeclSpec();
  return declarator.isFunctionDeclarator() && specifiers.getStorageClassSpec() != clang::DeclSpec::SCS_typedef &&
         specifiers.getStorageClassSpec() != clang::DeclSpec::SCS_static &&
         (!specifiers.isFriendSpecified() || !declarator.getCXXScopeSpec().isEmpty()) &&
         !names_static_method(sema, declarator);
}

unsigned count_functions(const clang::Declarator& declarator) {
  return static_cast<unsigned>(llvm::count_if(declarator.type_objects(), [](const clang::DeclaratorChunk& chunk) {
    return chunk.Kind == clang::DeclaratorChunk::Function;
  }));
}

/// The function type that methods have, where `type` is one without an address space.
QualType type_of_method(const clang::ASTContext& context, QualType type) {
  if (const auto* parenthesized = llvm::dyn_cast<clang::ParenType>(type.getTypePtr())) {
    const QualType inner = parenthesized->getInnerType();
    const QualType method = type_of_method(context, inner);
    return method == inner ? type : context.getParenType(method);
  }
  const auto* function = llvm::dyn_cast<clang::FunctionProtoType>(type.getTypePtr());
  if (function == nullptr) return type;
  clang::FunctionProtoType::ExtProtoInfo info = function->getExtProtoInfo();
  if (info.TypeQuals.getAddressSpace() != LangAS::Default) return type;
  info.TypeQuals.setAddressSpace(LangAS::opencl_generic);
  return context.getFunctionType(function->getReturnType(), function->getParamTypes(), info);
}

}  // namespace

extern "C" {

/// Members that point to functions, friends, static methods and types are no methods.
clang::TypeSourceInfo* WRAP(TYPE_OF_DECLARATOR)(Sema* sema, clang::Declarator& declarator) {
  const bool is_member =
      declarator.getContext() == clang::DeclaratorContext::Member || !declarator.getCXXScopeSpec().isEmpty();
  const unsigned functions = is_member ? count_functions(declarator) : 0;
  const llvm::SaveAndRestore<unsigned> saved(plain_functions, 0);
  if (functions > 0) plain_functions = functions - (declares_method(*sema, declarator) ? 1 : 0);
  return REAL(TYPE_OF_DECLARATOR)(sema, declarator);
}

LangAS WRAP(METHOD_SPACE)(const Sema* sema) {
  if (plain_functions == 0) return REAL(METHOD_SPACE)(sema);
  --plain_functions;
  return LangAS::Default;
}

QualType WRAP(MEMBER_POINTER)(const clang::ASTContext* context, QualType type, clang::NestedNameSpecifier qualifier,
                              const clang::CXXRecordDecl* record) {
  return REAL(MEMBER_POINTER)(context, type_of_method(*context, type), qualifier, record);
}
}

#pragma clang diagnostic pop
