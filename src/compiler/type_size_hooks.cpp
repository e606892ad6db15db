// A step in front of Clang's own, like sema_hooks.cpp, where a class comes out of a template: its arguments may hold
// each other twice over, and Clang walks through all that they hold whenever it prints such a type or looks for its
// functions.
#include <algorithm>

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/Diagnostic.h"
#include "compiler/wrapped_symbol.h"
#include "llvm/ADT/DenseMap.h"

#define MAKE_SPECIALIZATION \
  _ZN5clang31ClassTemplateSpecializationDecl6CreateERNS_10ASTContextENS_11TagTypeKindEPNS_11DeclContextENS_14SourceLocationES6_PNS_17ClassTemplateDeclEN4llvm8ArrayRefINS_16TemplateArgumentEEEbPS0_

using clang::ClassTemplateSpecializationDecl;
using clang::QualType;
using clang::TemplateArgument;

namespace {

/// What the name of a type consists of, names of other types and numbers, when it is written out.
constexpr std::uint64_t kMaxParts = 100'000;

/// Counts parts. Made anew for each compile, on a thread of its own.
class PartCounter {
 public:
  std::uint64_t count(llvm::ArrayRef<TemplateArgument> arguments) {
    std::uint64_t parts = 0;
    for (const TemplateArgument& argument : arguments) parts += count(argument);
    return parts;
  }

  std::uint64_t count(const TemplateArgument& argument) {
    if (argument.getKind() == TemplateArgument::Pack) return count(argument.pack_elements());
    return argument.getKind() == TemplateArgument::Type ? count(argument.getAsType()) : 1;
  }

  void add(const ClassTemplateSpecializationDecl* declaration, std::uint64_t parts) {
    known_.try_emplace(declaration->getCanonicalDecl(), std::min(parts, 2 * kMaxParts));
  }

 private:
  std::uint64_t count(QualType type) {
    while (true) {
      type = type.getCanonicalType();
      const QualType pointee = type->getPointeeType();
      if (!pointee.isNull()) {
        type = pointee;
      } else if (const auto* array = llvm::dyn_cast<clang::ArrayType>(type)) {
        type = array->getElementType();
      } else {
        break;
      }
    }
    if (const auto* function = llvm::dyn_cast<clang::FunctionProtoType>(type)) return count(function);
    const auto* made = llvm::dyn_cast_or_null<ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
    if (made == nullptr) return 1;
    const auto known = known_.find(made->getCanonicalDecl());
    if (known != known_.end()) return known->second;
    const std::uint64_t parts = 1 + count(made->getTemplateArgs().asArray());
    add(made, parts);
    return parts;
  }

  std::uint64_t count(const clang::FunctionProtoType* function) {
    const auto known = known_.find(function);
    if (known != known_.end()) return known->second;
    std::uint64_t parts = count(function->getReturnType());
    for (const QualType parameter : function->param_types()) parts += count(parameter);
    known_.try_emplace(function, std::min(parts, 2 * kMaxParts));
    return parts;
  }

  llvm::DenseMap<const void*, std::uint64_t> known_;
};

}  // namespace

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"

extern "C" {
ClassTemplateSpecializationDecl* REAL(MAKE_SPECIALIZATION)(clang::ASTContext&, clang::TagTypeKind, clang::DeclContext*,
                                                           clang::SourceLocation, clang::SourceLocation,
                                                           clang::ClassTemplateDecl*, llvm::ArrayRef<TemplateArgument>,
                                                           bool, ClassTemplateSpecializationDecl*);

ClassTemplateSpecializationDecl* WRAP(MAKE_SPECIALIZATION)(clang::ASTContext& context, clang::TagTypeKind kind,
                                                           clang::DeclContext* scope, clang::SourceLocation start,
                                                           clang::SourceLocation name,
                                                           clang::ClassTemplateDecl* template_,
                                                           llvm::ArrayRef<TemplateArgument> arguments, bool is_strict,
                                                           ClassTemplateSpecializationDecl* previous) {
  static thread_local PartCounter counter;
  std::uint64_t parts = 1 + counter.count(arguments);
  llvm::SmallVector<TemplateArgument, 4> shortened;
  if (parts > kMaxParts) {
    clang::DiagnosticsEngine& diagnostics = context.getDiagnostics();
    if (!diagnostics.hasFatalErrorOccurred())
      diagnostics.Report(name, diagnostics.getCustomDiagID(clang::DiagnosticsEngine::Fatal,
                                                           "a type made of %0 has a name of more than %1 parts"))
          << template_ << static_cast<unsigned>(kMaxParts);
    // The compile has failed. What is left of it shall not meet the large type.
    for (const TemplateArgument& argument : arguments)
      shortened.push_back(counter.count(argument) > 1 && argument.getKind() == TemplateArgument::Type
                              ? TemplateArgument(context.IntTy)
                              : argument);
    arguments = shortened;
    parts = 1 + counter.count(arguments);
  }
  ClassTemplateSpecializationDecl* made =
      REAL(MAKE_SPECIALIZATION)(context, kind, scope, start, name, template_, arguments, is_strict, previous);
  counter.add(made, parts);
  return made;
}
}

#pragma clang diagnostic pop
