// The layout of an argument buffer that descriptors describe.
#include "api/argument_layout.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "api/data_type_size.h"
#include "pymetal/error.h"

namespace pymetal {
namespace {

constexpr std::uint64_t kMaxLength = std::uint64_t{1} << 40;

std::uint64_t round_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

TypeInfo type_of(const ArgumentDescriptor& descriptor) {
  TypeInfo type;
  type.data_type = descriptor.data_type;
  type.access = descriptor.access;
  if (descriptor.data_type == DataType::Pointer) {
    type.size = type.alignment = sizeof(std::uint64_t);
  } else {
    type.size = scalar_vector_or_matrix_size(descriptor.data_type);
    type.alignment = data_type_alignment(descriptor.data_type);
  }
  const auto code = std::to_string(static_cast<unsigned>(descriptor.data_type));
  if (type.size == 0)
    throw ValidationError("Device: the argument descriptor for index (" + std::to_string(descriptor.index) +
                          ") has a data type that is neither Pointer, scalar, vector nor matrix (" + code + ").");
  if (descriptor.constant_block_alignment != 0) {
    if (!std::has_single_bit(descriptor.constant_block_alignment))
      throw ValidationError("Device: the alignment of a constant block (" +
                            std::to_string(descriptor.constant_block_alignment) + ") is no power of two.");
    type.alignment = std::max(type.alignment, descriptor.constant_block_alignment);
  }
  return type;
}

}  // namespace

TypeTable lay_out_arguments(std::span<const ArgumentDescriptor> descriptors) {
  if (descriptors.empty()) throw ValidationError("Device: an argument encoder needs an argument descriptor (0 given).");
  std::vector<ArgumentDescriptor> ordered(descriptors.begin(), descriptors.end());
  std::ranges::sort(ordered, {}, &ArgumentDescriptor::index);
  TypeTable types(2);
  // What a pointer leads to is not told.
  types[1].size = 1;
  TypeInfo layout;
  layout.data_type = DataType::Struct;
  layout.is_argument_buffer = true;
  layout.argument_count = 0;
  for (const ArgumentDescriptor& descriptor : ordered) {
    if (descriptor.index < layout.argument_count)
      throw ValidationError("Device: two argument descriptors share the index (" + std::to_string(descriptor.index) +
                            ").");
    TypeInfo type = type_of(descriptor);
    type.element = 1;
    const std::uint64_t count = std::max<std::uint64_t>(descriptor.array_length, 1);
    if (descriptor.index > kMaxLength || count > kMaxLength / type.size || layout.size > kMaxLength)
      throw ValidationError("Device: the argument descriptor for index (" + std::to_string(descriptor.index) +
                            ") asks for too much memory (" + std::to_string(count) + " elements).");
    const std::uint64_t offset = round_up(layout.size, type.alignment);
    layout.size = offset + type.size * count;
    layout.alignment = std::max(layout.alignment, type.alignment);
    layout.argument_count = descriptor.index + count;
    std::uint32_t place = static_cast<std::uint32_t>(types.size());
    types.push_back(std::move(type));
    if (descriptor.array_length != 0) {
      TypeInfo array;
      array.data_type = DataType::Array;
      array.element = place;
      array.length = array.argument_count = count;
      place = static_cast<std::uint32_t>(types.size());
      types.push_back(std::move(array));
    }
    layout.members.push_back({"", offset, place, descriptor.index});
  }
  layout.size = round_up(layout.size, layout.alignment);
  types[0] = std::move(layout);
  return types;
}

}  // namespace pymetal
