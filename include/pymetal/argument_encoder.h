// Writes the addresses and constants of an argument buffer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "pymetal/argument_types.h"
#include "pymetal/enums.h"
#include "pymetal/export.h"
#include "pymetal/geometry.h"
#include "pymetal/labeled.h"
#include "pymetal/object.h"

namespace pymetal {

class Buffer;
class Device;

/// One member of an argument buffer that no shader describes.
struct ArgumentDescriptor {
  /// Pointer, or the type of a constant.
  DataType data_type = DataType::Pointer;
  /// The `[[id(n)]]` of the member.
  std::uint64_t index = 0;
  /// Elements of an array; 0 for a member that is none.
  std::uint64_t array_length = 0;
  BindingAccess access = BindingAccess::ReadOnly;
  /// Bytes; 0 for the alignment of the type.
  std::uint64_t constant_block_alignment = 0;
};

/// Lays arguments out as the struct of the shader has them. One thread at a time. The buffers whose addresses it writes
/// are not kept: name them with `use_resource` when the commands are encoded. Throws ValidationError for an index that
/// the struct lacks or that holds something else, and leaves the argument buffer as it was.
class PYMETAL_EXPORT ArgumentEncoder : public Labeled, public Object<ArgumentEncoder> {
 public:
  /// `place` is that of the struct in the table.
  ArgumentEncoder(std::shared_ptr<Device> device, std::shared_ptr<const TypeTable> types, std::uint32_t place);

  const std::shared_ptr<Device>& device() const { return device_; }
  /// Bytes of one argument buffer.
  std::uint64_t encoded_length() const { return info().size; }
  /// Bytes; an argument buffer begins at a multiple.
  std::uint64_t alignment() const { return info().alignment; }

  /// Where the following calls write: element `array_element` of the argument buffers that begin at `offset` bytes.
  /// Null ends the writing. Throws ValidationError for private storage.
  void set_argument_buffer(std::shared_ptr<Buffer> buffer, std::uint64_t offset, std::uint64_t array_element = 0);
  /// Writes the address of the buffer, `offset` bytes in; null writes a null pointer.
  void set_buffer(const std::shared_ptr<Buffer>& buffer, std::uint64_t offset, std::uint64_t index);
  /// Buffers and offsets for the indices from `range.location` on.
  void set_buffers(std::span<const std::shared_ptr<Buffer>> buffers, std::span<const std::uint64_t> offsets,
                   Range range);
  /// Where the constant lies; valid while the argument buffer lives.
  void* constant_data(std::uint64_t index) const;
  /// An encoder for the argument buffers that the pointer at `index` leads to.
  std::shared_ptr<ArgumentEncoder> new_argument_encoder(std::uint64_t index) const;

 private:
  /// A member, by its bytes from the start of the struct.
  struct Member {
    std::uint64_t offset = 0;
    std::uint32_t type = 0;
  };

  const TypeInfo& info() const { return (*types_)[place_]; }
  const TypeInfo& info(const Member& member) const { return (*types_)[member.type]; }
  std::string name() const { return describe("Argument encoder"); }
  Member member_at(std::uint64_t index) const;
  Member pointer_at(std::uint64_t index) const;
  std::byte* bytes_of(const Member& member) const;
  std::uint64_t address_for(const std::shared_ptr<Buffer>& buffer, std::uint64_t offset, std::uint64_t index) const;

  std::shared_ptr<Device> device_;
  std::shared_ptr<const TypeTable> types_;
  std::uint32_t place_;
  std::shared_ptr<Buffer> buffer_;
  std::uint64_t offset_ = 0;
};

}  // namespace pymetal
