// Encodes copies between resources.
#include "pymetal/blit_command_encoder.h"

#include "api/command_stream.h"
#include "api/range.h"
#include "pymetal/buffer.h"
#include "pymetal/device.h"

namespace pymetal {

BlitCommandEncoder::BlitCommandEncoder(std::shared_ptr<CommandBuffer> commands)
    : CommandEncoder(std::move(commands), "Blit command encoder") {}

void BlitCommandEncoder::require_range(const std::shared_ptr<Buffer>& buffer, Range range) const {
  require_open();
  if (buffer == nullptr) throw ValidationError(name() + " needs a buffer (none is given).");
  if (buffer->device() != device())
    throw ValidationError(name() + ": the buffer belongs to another device (" + buffer->device()->name() + ").");
  if (!lies_within(range, buffer->length()))
    throw ValidationError(name() + ": the range (" + to_string(range) + ") goes beyond the buffer '" + buffer->label() +
                          "' of " + std::to_string(buffer->length()) + " bytes.");
}

void BlitCommandEncoder::copy_from_buffer_to_buffer(const std::shared_ptr<Buffer>& source, std::uint64_t source_offset,
                                                    const std::shared_ptr<Buffer>& destination,
                                                    std::uint64_t destination_offset, std::uint64_t size) {
  require_range(source, {source_offset, size});
  require_range(destination, {destination_offset, size});
  pass().commands.push_back(
      backend::CopyBufferCommand{source->memory(), source_offset, destination->memory(), destination_offset, size});
  use(source, false);
  use(destination, true);
}

void BlitCommandEncoder::fill_buffer(const std::shared_ptr<Buffer>& buffer, Range range, std::uint8_t value) {
  require_range(buffer, range);
  pass().commands.push_back(backend::FillBufferCommand{buffer->memory(), range, value});
  use(buffer, true);
}

void BlitCommandEncoder::synchronize_resource(const std::shared_ptr<Buffer>& buffer) {
  // The devices that exist so far share their memory with the host.
  require_range(buffer, {0, 0});
  use(buffer, false);
}

}  // namespace pymetal
