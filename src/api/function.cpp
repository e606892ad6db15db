// One entry point of a library, with the values of its function constants.
#include "pymetal/function.h"

#include "backend/backend.h"
#include "pymetal/argument_encoder.h"
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

std::shared_ptr<ArgumentEncoder> Function::new_argument_encoder(std::uint64_t buffer_index) const {
  const backend::FunctionInfo* self = library_->compiled()->find(name_);
  const Binding* found = nullptr;
  for (const compiler::Parameter& parameter : self->parameters)
    if (parameter.kind == compiler::Parameter::Kind::Buffer && parameter.binding.index == buffer_index &&
        (found == nullptr || parameter.binding.data_type == DataType::Struct))
      found = &parameter.binding;
  if (found == nullptr)
    throw ValidationError("Function '" + name_ + "' has no argument at buffer index (" + std::to_string(buffer_index) +
                          ").");
  if (found->data_type != DataType::Struct)
    throw ValidationError("Function '" + name_ + "': the argument '" + found->name + "' at buffer index (" +
                          std::to_string(buffer_index) + ") leads to no struct, but to " + found->type_name + ".");
  return std::make_shared<ArgumentEncoder>(device(), std::make_shared<const TypeTable>(found->types),
                                           found->types.front().element);
}

}  // namespace pymetal
