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

 private:
  std::shared_ptr<Library> library_;
  std::string name_;
  FunctionType type_;
  std::map<std::string, FunctionConstant> constants_;
  FunctionConstantValues values_;
};

}  // namespace pymetal
