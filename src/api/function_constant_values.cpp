// Values for the function constants of a function, by index or by name.
#include "pymetal/function_constant_values.h"

#include <cstring>

#include "api/data_type_size.h"
#include "pymetal/error.h"

namespace pymetal {
namespace {

constexpr std::uint32_t kIndexLimit = 65536;

FunctionConstantValue make_value(const void* value, DataType type) {
  const std::size_t size = scalar_or_vector_size(type);
  if (size == 0)
    throw ValidationError("A function constant is a scalar or a vector, and this data type is neither (" +
                          std::to_string(static_cast<unsigned>(type)) + ").");
  FunctionConstantValue result;
  result.type = type;
  std::memcpy(result.bytes.data(), value, size);
  return result;
}

}  // namespace

void FunctionConstantValues::set_constant_value(const void* value, DataType type, std::uint32_t index) {
  if (index >= kIndexLimit)
    throw ValidationError("There are " + std::to_string(kIndexLimit) +
                          " function constants, and this index is beyond (" + std::to_string(index) + ").");
  by_index_[index] = make_value(value, type);
}

void FunctionConstantValues::set_constant_value(const void* value, DataType type, const std::string& name) {
  by_name_[name] = make_value(value, type);
}

void FunctionConstantValues::set_constant_values(const void* values, DataType type, std::uint32_t first,
                                                 std::uint32_t count) {
  const auto* bytes = static_cast<const std::byte*>(values);
  for (std::uint32_t i = 0; i < count; ++i)
    set_constant_value(bytes + i * scalar_or_vector_size(type), type, first + i);
}

void FunctionConstantValues::reset() {
  by_index_.clear();
  by_name_.clear();
}

}  // namespace pymetal
