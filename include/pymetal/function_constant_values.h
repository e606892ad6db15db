// Values for the function constants of a function, by index or by name.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "pymetal/enums.h"
#include "pymetal/export.h"

namespace pymetal {

/// The value of one function constant: its type, and its bytes from the first on.
struct FunctionConstantValue {
  DataType type = DataType::None;
  std::array<std::uint8_t, 32> bytes{};
  friend bool operator==(const FunctionConstantValue&, const FunctionConstantValue&) = default;
};

/// A plain value; not synchronised.
class PYMETAL_EXPORT FunctionConstantValues {
 public:
  /// Copies `data_type_size(type)` bytes from `value`. Scalars and vectors only: others throw ValidationError.
  void set_constant_value(const void* value, DataType type, std::uint32_t index);
  void set_constant_value(const void* value, DataType type, const std::string& name);
  /// Sets the constants `first`, `first + 1`, … from an array of `count` values, each `data_type_size(type)` bytes.
  void set_constant_values(const void* values, DataType type, std::uint32_t first, std::uint32_t count);
  void reset();

  const std::map<std::uint32_t, FunctionConstantValue>& by_index() const { return by_index_; }
  const std::map<std::string, FunctionConstantValue>& by_name() const { return by_name_; }

 private:
  std::map<std::uint32_t, FunctionConstantValue> by_index_;
  std::map<std::string, FunctionConstantValue> by_name_;
};

}  // namespace pymetal
