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

/// Bytes of a matrix as well, whose columns are vectors.
constexpr std::size_t scalar_vector_or_matrix_size(DataType type) {
  for (const DataType first : {DataType::Float2x2, DataType::Half2x2}) {
    const auto step = static_cast<std::size_t>(type) - static_cast<std::size_t>(first);
    if (type < first || step >= 9) continue;
    const std::size_t rows = step % 3 + 2;
    return (step / 3 + 2) * (rows == 3 ? 4 : rows) * (first == DataType::Float2x2 ? 4 : 2);
  }
  return scalar_or_vector_size(type);
}

/// Bytes. Vectors lie at multiples of their size, matrices at those of their columns.
constexpr std::size_t data_type_alignment(DataType type) {
  for (const DataType first : {DataType::Float2x2, DataType::Half2x2}) {
    const auto step = static_cast<std::size_t>(type) - static_cast<std::size_t>(first);
    if (type >= first && step < 9) return scalar_vector_or_matrix_size(type) / (step / 3 + 2);
  }
  return scalar_or_vector_size(type);
}

}  // namespace pymetal
