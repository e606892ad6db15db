// Reads the type of an argument, down to the members of its structs, off Clang's syntax tree.
#pragma once

#include "clang/AST/ASTContext.h"
#include "clang/AST/Type.h"
#include "compiler/attribute_table.h"
#include "pymetal/argument_types.h"

namespace pymetal::compiler {

/// The table of a pointer or reference `type`, which comes first, and of all that it leads to.
TypeTable reflect_types(const clang::ASTContext& context, const AttributeTable& attributes, clang::QualType type);

/// MSL's spelling of a type: without address space and qualifiers.
std::string type_name(const clang::ASTContext& context, clang::QualType type);

}  // namespace pymetal::compiler
