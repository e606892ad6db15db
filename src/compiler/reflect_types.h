// Reads the type of an argument, down to the members of its structs, off Clang's syntax tree.
#pragma once

#include <string>

#include "clang/AST/ASTContext.h"
#include "clang/AST/Type.h"
#include "compiler/attribute_table.h"
#include "llvm/ADT/DenseMap.h"
#include "pymetal/argument_types.h"

namespace pymetal::compiler {

/// MSL's spelling of types, without address space and qualifiers. Each is spelled once: functions share their types.
class TypeNames {
 public:
  explicit TypeNames(const clang::ASTContext& context) : context_(context) {}

  const std::string& of(clang::QualType type);

 private:
  const clang::ASTContext& context_;
  llvm::DenseMap<clang::QualType, std::string> names_;
};

/// The table of a pointer or reference `type`, which comes first, and of all that it leads to.
TypeTable reflect_types(const clang::ASTContext& context, const AttributeTable& attributes, TypeNames& names,
                        clang::QualType type);

}  // namespace pymetal::compiler
