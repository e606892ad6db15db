// How large values of Metal's data types are.
#pragma once

#include <cstddef>

#include "pymetal/enums.h"

namespace pymetal {

/// Bytes of a scalar or vector in memory: three components take the room of four. 0 for every other type.
constexpr std::size_t scalar_or_vector_size(DataType type) {
  struct Family {
    DataType first;
    std::size_t element_size;
  };
  constexpr Family kFamilies[] = {{DataType::Float, 4}, {DataType::Half, 2},  {DataType::Int, 4},
                                  {DataType::UInt, 4},  {DataType::Short, 2}, {DataType::UShort, 2},
                                  {DataType::Char, 1},  {DataType::UChar, 1}, {DataType::Bool, 1},
                                  {DataType::Long, 8},  {DataType::ULong, 8}, {DataType::BFloat, 2}};
  for (const Family& family : kFamilies) {
    const auto first = static_cast<std::size_t>(family.first);
    const auto value = static_cast<std::size_t>(type);
    if (value < first || value >= first + 4) continue;
    const std::size_t components = value - first + 1;
    return family.element_size * (components == 3 ? 4 : components);
  }
  return 0;
}

}  // namespace pymetal
