// One entry point of a library, with the values of its function constants.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "pymetal/enums.h"
#include "pymetal/export.h"
#include "pymetal/function_constant_values.h"
#include "pymetal/labeled.h"
#include "pymetal/object.h"
#include "pymetal/reflection.h"

namespace pymetal {

class ArgumentEncoder;
class Device;
class Library;

/// Immutable; may be used from any thread.
class PYMETAL_EXPORT Function : public Labeled, public Object<Function> {
 public:
  Function(std::shared_ptr<Library> library, std::string name, FunctionType type,
           std::map<std::string, FunctionConstant> constants, FunctionConstantValues values);

  const std::string& name() const { return name_; }
  FunctionType function_type() const { return type_; }
  const std::shared_ptr<Device>& device() const;
  const std::shared_ptr<Library>& library() const { return library_; }
  /// The function constants that it may use, by name.
  const std::map<std::string, FunctionConstant>& function_constants_dictionary() const { return constants_; }
  const FunctionConstantValues& constant_values() const { return values_; }
  /// An encoder for the argument buffers of the argument at a buffer index. Throws ValidationError where the function
  /// has none there, or none that leads to a struct.
  std::shared_ptr<ArgumentEncoder> new_argument_encoder(std::uint64_t buffer_index) const;

 private:
  std::shared_ptr<Library> library_;
  std::string name_;
  FunctionType type_;
  std::map<std::string, FunctionConstant> constants_;
  FunctionConstantValues values_;
};

}  // namespace pymetal
