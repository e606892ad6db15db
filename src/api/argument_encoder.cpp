// Writes the addresses and constants of an argument buffer.
#include "pymetal/argument_encoder.h"

#include <cstring>

#include "pymetal/buffer.h"
#include "pymetal/device.h"

namespace pymetal {

ArgumentEncoder::ArgumentEncoder(std::shared_ptr<Device> device, std::shared_ptr<const TypeTable> types,
                                 std::uint32_t place)
    : device_(std::move(device)), types_(std::move(types)), place_(place) {}

void ArgumentEncoder::set_argument_buffer(std::shared_ptr<Buffer> buffer, std::uint64_t offset,
                                          std::uint64_t array_element) {
  if (buffer == nullptr) {
    buffer_ = nullptr;
    return;
  }
  if (buffer->device() != device_)
    throw ValidationError(name() + ": the buffer belongs to another device (" + buffer->device()->name() + ").");
  // Private storage has no contents.
  static_cast<void>(buffer->contents());
  if (offset % alignment() != 0)
    throw ValidationError(name() + ": the offset (" + std::to_string(offset) + ") is no multiple of " +
                          std::to_string(alignment()) + ", the alignment of its argument buffer.");
  const std::uint64_t length = buffer->length();
  if (offset > length || array_element >= (length - offset) / encoded_length())
    throw ValidationError(name() + ": " + buffer->name() + " (" + std::to_string(length) + " bytes) holds no " +
                          std::to_string(encoded_length()) + " bytes for element " + std::to_string(array_element) +
                          " at the offset (" + std::to_string(offset) + ").");
  buffer_ = std::move(buffer);
  offset_ = offset + array_element * encoded_length();
}

ArgumentEncoder::Member ArgumentEncoder::member_at(std::uint64_t index) const {
  Member found{0, place_};
  std::uint64_t left = index;
  for (;;) {
    const TypeInfo& type = info(found);
    if (type.data_type == DataType::Array) {
      const TypeInfo& element = (*types_)[type.element];
      const std::uint64_t step = std::max<std::uint64_t>(element.argument_count, 1);
      found = {found.offset + left / step * element.size, type.element};
      left %= step;
      continue;
    }
    if (type.data_type != DataType::Struct) return found;
    const TypeInfo::Member* next = nullptr;
    for (const TypeInfo::Member& member : type.members)
      if (left >= member.argument_index && left - member.argument_index < (*types_)[member.type].argument_count)
        next = &member;
    if (next == nullptr)
      throw ValidationError(name() + ": the argument buffer has no argument at index (" + std::to_string(index) +
                            "); it has " + std::to_string(info().argument_count) + ".");
    found = {found.offset + next->offset, next->type};
    left -= next->argument_index;
  }
}

ArgumentEncoder::Member ArgumentEncoder::pointer_at(std::uint64_t index) const {
  const Member member = member_at(index);
  if (info(member).data_type != DataType::Pointer)
    throw ValidationError(name() + ": the argument at index (" + std::to_string(index) + ") is no buffer, but " +
                          (info(member).name.empty() ? "a constant" : "a constant of type " + info(member).name) + ".");
  return member;
}

std::byte* ArgumentEncoder::bytes_of(const Member& member) const {
  if (buffer_ == nullptr) throw ValidationError(name() + " has no argument buffer; call set_argument_buffer() before.");
  return static_cast<std::byte*>(buffer_->contents()) + offset_ + member.offset;
}

std::uint64_t ArgumentEncoder::address_for(const std::shared_ptr<Buffer>& buffer, std::uint64_t offset,
                                           std::uint64_t index) const {
  const TypeInfo& element = (*types_)[info(pointer_at(index)).element];
  if (buffer == nullptr) return 0;
  if (buffer->device() != device_)
    throw ValidationError(name() + ": the buffer belongs to another device (" + buffer->device()->name() + ").");
  if (offset >= buffer->length())
    throw ValidationError(name() + ": the offset (" + std::to_string(offset) + ") is not below the length of " +
                          buffer->name() + " (" + std::to_string(buffer->length()) + " bytes).");
  if (buffer->length() - offset < element.size)
    throw ValidationError(name() + ": the argument at index (" + std::to_string(index) + ") points to " +
                          std::to_string(element.size) + " bytes of type " + element.name + ", and " + buffer->name() +
                          " has " + std::to_string(buffer->length() - offset) + ".");
  if (offset % element.alignment != 0)
    throw ValidationError(name() + ": the offset (" + std::to_string(offset) + ") for index " + std::to_string(index) +
                          " is no multiple of " + std::to_string(element.alignment) + ", the alignment of " +
                          element.name + ".");
  return buffer->gpu_address() + offset;
}

void ArgumentEncoder::set_buffer(const std::shared_ptr<Buffer>& buffer, std::uint64_t offset, std::uint64_t index) {
  const std::uint64_t address = address_for(buffer, offset, index);
  std::memcpy(bytes_of(member_at(index)), &address, sizeof address);
}

void ArgumentEncoder::set_buffers(std::span<const std::shared_ptr<Buffer>> buffers,
                                  std::span<const std::uint64_t> offsets, Range range) {
  if (buffers.size() != range.length || offsets.size() != range.length)
    throw ValidationError(name() + ": the range names " + std::to_string(range.length) + " arguments for " +
                          std::to_string(buffers.size()) + " buffers and " + std::to_string(offsets.size()) +
                          " offsets.");
  for (std::size_t i = 0; i < buffers.size(); ++i)
    static_cast<void>(address_for(buffers[i], offsets[i], range.location + i));
  for (std::size_t i = 0; i < buffers.size(); ++i) set_buffer(buffers[i], offsets[i], range.location + i);
}

void* ArgumentEncoder::constant_data(std::uint64_t index) const {
  const Member member = member_at(index);
  if (info(member).data_type == DataType::Pointer)
    throw ValidationError(name() + ": the argument at index (" + std::to_string(index) +
                          ") is a buffer, and no constant.");
  return bytes_of(member);
}

std::shared_ptr<ArgumentEncoder> ArgumentEncoder::new_argument_encoder(std::uint64_t index) const {
  const std::uint32_t pointee = info(pointer_at(index)).element;
  if ((*types_)[pointee].data_type != DataType::Struct)
    throw ValidationError(name() + ": the argument at index (" + std::to_string(index) +
                          ") points to no struct, but to " + (*types_)[pointee].name + ".");
  return std::make_shared<ArgumentEncoder>(device_, types_, pointee);
}

}  // namespace pymetal
