// The types of arguments, down to the members of structs, as reflection tells them.
#include "pymetal/argument_types.h"

#include "pymetal/reflection.h"

namespace pymetal {
namespace {

template <class Type>
std::optional<Type> as(const std::shared_ptr<const TypeTable>& table, std::uint32_t place, DataType kind) {
  if ((*table)[place].data_type != kind) return std::nullopt;
  return Type(table, place);
}

}  // namespace

std::optional<StructType> ArgumentType::as_struct(std::uint32_t place) const {
  return as<StructType>(table_, place, DataType::Struct);
}
std::optional<ArrayType> ArgumentType::as_array(std::uint32_t place) const {
  return as<ArrayType>(table_, place, DataType::Array);
}
std::optional<PointerType> ArgumentType::as_pointer(std::uint32_t place) const {
  return as<PointerType>(table_, place, DataType::Pointer);
}

std::optional<StructType> ArrayType::element_struct_type() const { return as_struct(info().element); }
std::optional<ArrayType> ArrayType::element_array_type() const { return as_array(info().element); }
std::optional<PointerType> ArrayType::element_pointer_type() const { return as_pointer(info().element); }

std::optional<StructType> PointerType::element_struct_type() const { return as_struct(info().element); }
std::optional<ArrayType> PointerType::element_array_type() const { return as_array(info().element); }
std::optional<PointerType> PointerType::element_pointer_type() const { return as_pointer(info().element); }

std::vector<StructMember> StructType::members() const {
  std::vector<StructMember> members;
  for (const TypeInfo::Member& member : info().members) members.emplace_back(table_, member);
  return members;
}

std::optional<StructMember> StructType::member_by_name(const std::string& name) const {
  for (const TypeInfo::Member& member : info().members)
    if (member.name == name) return StructMember(table_, member);
  return std::nullopt;
}

std::optional<StructType> StructMember::struct_type() const {
  return as<StructType>(table_, member_->type, DataType::Struct);
}
std::optional<ArrayType> StructMember::array_type() const {
  return as<ArrayType>(table_, member_->type, DataType::Array);
}
std::optional<PointerType> StructMember::pointer_type() const {
  return as<PointerType>(table_, member_->type, DataType::Pointer);
}

std::optional<StructType> Binding::struct_type() const {
  if (types.size() < 2 || data_type != DataType::Struct) return std::nullopt;
  return pointer_type()->element_struct_type();
}

std::optional<ArrayType> Binding::array_type() const {
  if (types.size() < 2 || data_type != DataType::Array) return std::nullopt;
  return pointer_type()->element_array_type();
}

std::optional<PointerType> Binding::pointer_type() const {
  if (types.empty() || types.front().data_type != DataType::Pointer) return std::nullopt;
  return PointerType(std::make_shared<const TypeTable>(types), 0);
}

}  // namespace pymetal
