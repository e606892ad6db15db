// The types of arguments, down to the members of structs, as reflection tells them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pymetal/enums.h"
#include "pymetal/export.h"

namespace pymetal {

/// One type. Others name it by its place in their table, so that a struct may hold pointers to its own type.
struct TypeInfo {
  struct Member {
    std::string name;
    /// Bytes from the start of the struct.
    std::uint64_t offset = 0;
    std::uint32_t type = 0;
    /// The `[[id(n)]]`, given or counted, from the struct's own first one on.
    std::uint64_t argument_index = 0;
  };

  DataType data_type = DataType::None;
  /// As MSL spells it.
  std::string name;
  /// Bytes; 0 for types that are declared and not defined.
  std::uint64_t size = 0;
  std::uint64_t alignment = 1;
  /// How many argument indices it takes in an argument buffer.
  std::uint64_t argument_count = 1;
  /// For structs. Those of base classes come first.
  std::vector<Member> members;
  /// A struct that holds pointers, or whose members have an `[[id(n)]]`.
  bool is_argument_buffer = false;
  /// For arrays and pointers: the type of the elements.
  std::uint32_t element = 0;
  /// For arrays.
  std::uint64_t length = 0;
  /// For pointers.
  BindingAccess access = BindingAccess::ReadWrite;
};

/// The first is the type of the argument itself.
using TypeTable = std::vector<TypeInfo>;

class ArrayType;
class PointerType;
class StructMember;
class StructType;

/// What the classes of types share: a place in a table that lives with them.
class PYMETAL_EXPORT ArgumentType {
 public:
  ArgumentType(std::shared_ptr<const TypeTable> table, std::uint32_t place) : table_(std::move(table)), place_(place) {}

  DataType data_type() const { return info().data_type; }
  /// As MSL spells it.
  const std::string& name() const { return info().name; }

 protected:
  const TypeInfo& info() const { return (*table_)[place_]; }
  const TypeInfo& info(std::uint32_t place) const { return (*table_)[place]; }
  std::optional<StructType> as_struct(std::uint32_t place) const;
  std::optional<ArrayType> as_array(std::uint32_t place) const;
  std::optional<PointerType> as_pointer(std::uint32_t place) const;

  std::shared_ptr<const TypeTable> table_;
  std::uint32_t place_;
};

class PYMETAL_EXPORT StructType : public ArgumentType {
 public:
  using ArgumentType::ArgumentType;
  std::vector<StructMember> members() const;
  std::optional<StructMember> member_by_name(const std::string& name) const;
  /// Bytes.
  std::uint64_t size() const { return info().size; }
  std::uint64_t alignment() const { return info().alignment; }
};

class PYMETAL_EXPORT ArrayType : public ArgumentType {
 public:
  using ArgumentType::ArgumentType;
  DataType element_type() const { return info(info().element).data_type; }
  std::uint64_t array_length() const { return info().length; }
  /// Bytes from one element to the next.
  std::uint64_t stride() const { return info(info().element).size; }
  /// Argument indices from one element to the next.
  std::uint64_t argument_index_stride() const { return info(info().element).argument_count; }
  std::optional<StructType> element_struct_type() const;
  std::optional<ArrayType> element_array_type() const;
  std::optional<PointerType> element_pointer_type() const;
};

class PYMETAL_EXPORT PointerType : public ArgumentType {
 public:
  using ArgumentType::ArgumentType;
  DataType element_type() const { return info(info().element).data_type; }
  BindingAccess access() const { return info().access; }
  /// Bytes; what it points to must lie at a multiple.
  std::uint64_t alignment() const { return info(info().element).alignment; }
  /// Bytes of one element.
  std::uint64_t data_size() const { return info(info().element).size; }
  bool element_is_argument_buffer() const { return info(info().element).is_argument_buffer; }
  std::optional<StructType> element_struct_type() const;
  std::optional<ArrayType> element_array_type() const;
  std::optional<PointerType> element_pointer_type() const;
};

class PYMETAL_EXPORT StructMember {
 public:
  StructMember(std::shared_ptr<const TypeTable> table, const TypeInfo::Member& member)
      : table_(std::move(table)), member_(&member) {}
  const std::string& name() const { return member_->name; }
  std::uint64_t offset() const { return member_->offset; }
  DataType data_type() const { return (*table_)[member_->type].data_type; }
  std::uint64_t argument_index() const { return member_->argument_index; }
  std::optional<StructType> struct_type() const;
  std::optional<ArrayType> array_type() const;
  std::optional<PointerType> pointer_type() const;

 private:
  std::shared_ptr<const TypeTable> table_;
  const TypeInfo::Member* member_;
};

}  // namespace pymetal
