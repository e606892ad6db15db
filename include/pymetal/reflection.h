// What a function or a pipeline state tells about its arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pymetal/argument_types.h"
#include "pymetal/enums.h"
#include "pymetal/export.h"

namespace pymetal {

/// One argument that a program binds.
struct PYMETAL_EXPORT Binding {
  std::string name;
  BindingType type = BindingType::Buffer;
  /// The index in the argument table of its type.
  std::uint32_t index = 0;
  BindingAccess access = BindingAccess::ReadWrite;
  /// The type that the argument points or refers to.
  DataType data_type = DataType::None;
  /// That type, spelled as in the source.
  std::string type_name;
  /// Bytes of one element; a reference needs at least this much, a pointer at least one element when it is used.
  std::uint64_t data_size = 0;
  /// Bytes; an offset must be a multiple of it.
  std::uint64_t alignment = 1;
  /// A reference, which always needs `data_size` bytes behind it.
  bool is_reference = false;
  /// Entries that it takes from `index` on: more than 1 for an array of textures or samplers.
  std::uint32_t array_length = 1;
  /// For a texture: its shape, the type of its components, and whether they are depths.
  TextureType texture_type = TextureType::Type2D;
  DataType texture_data_type = DataType::None;
  bool is_depth_texture = false;
  /// Exists only where a function constant says so: it need not be bound.
  bool is_optional = false;
  /// The function reads or writes it, as far as the compiler can tell for the values of its function constants.
  bool is_used = true;
  /// The pointer to its type, and all types that it leads to.
  TypeTable types;

  /// What the argument points or refers to, where that is a struct.
  std::optional<StructType> struct_type() const;
  /// The same, where that is an array.
  std::optional<ArrayType> array_type() const;
  std::optional<PointerType> pointer_type() const;
};

/// One function constant of a function.
struct FunctionConstant {
  std::string name;
  DataType type = DataType::None;
  std::uint32_t index = 0;
  /// The function uses it and gives no default, so a value must be set.
  bool required = false;
};

/// The arguments of the function of a compute pipeline state.
struct ComputePipelineReflection {
  std::vector<Binding> bindings;
};

}  // namespace pymetal
