// Metal's data types for Clang's types.
#pragma once

#include "clang/AST/ASTContext.h"
#include "clang/AST/Type.h"
#include "pymetal/enums.h"

namespace pymetal::compiler {

/// A scalar is a vector of one component. 0 components where the type is neither.
struct VectorShape {
  clang::QualType element;
  unsigned components = 0;
};

VectorShape vector_shape(const clang::ASTContext& context, clang::QualType type);

/// Metal's enumerator for the type: Struct for classes that are no vector or matrix, None where there is none.
DataType data_type(const clang::ASTContext& context, clang::QualType type);

}  // namespace pymetal::compiler
