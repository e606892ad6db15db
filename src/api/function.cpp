// One entry point of a library, with the values of its function constants.
#include "pymetal/function.h"

#include "pymetal/library.h"

namespace pymetal {

Function::Function(std::shared_ptr<Library> library, std::string name, FunctionType type,
                   std::map<std::string, FunctionConstant> constants, FunctionConstantValues values)
    : library_(std::move(library)),
      name_(std::move(name)),
      type_(type),
      constants_(std::move(constants)),
      values_(std::move(values)) {}

const std::shared_ptr<Device>& Function::device() const { return library_->device(); }

}  // namespace pymetal
