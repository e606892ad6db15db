// Metal's data types for Clang's types.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

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

/// A texture type of MSL's.
struct TextureShape {
  TextureType type;
  clang::QualType component;
  BindingAccess access;
  bool is_depth;
};

/// Nothing where the type is no texture.
std::optional<TextureShape> texture_shape(clang::QualType type);

bool is_sampler(clang::QualType type);

/// The element and the length of `metal::array<T, N>`; nothing where the type is another.
std::optional<std::pair<clang::QualType, std::uint64_t>> array_shape(clang::QualType type);

/// Metal's enumerator for the type: Struct for classes that are no vector or matrix, None where there is none.
DataType data_type(const clang::ASTContext& context, clang::QualType type);

}  // namespace pymetal::compiler
