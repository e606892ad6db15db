// Encodes copies between resources.
#pragma once

#include <memory>

#include "pymetal/command_encoder.h"
#include "pymetal/geometry.h"
#include "pymetal/object.h"

namespace pymetal {

class Buffer;

class PYMETAL_EXPORT BlitCommandEncoder : public CommandEncoder, public Object<BlitCommandEncoder> {
 public:
  explicit BlitCommandEncoder(std::shared_ptr<CommandBuffer> commands);

  /// Copies `size` bytes; both ranges must lie inside their buffers, and may overlap.
  void copy_from_buffer_to_buffer(const std::shared_ptr<Buffer>& source, std::uint64_t source_offset,
                                  const std::shared_ptr<Buffer>& destination, std::uint64_t destination_offset,
                                  std::uint64_t size);
  /// Sets each byte of the range.
  void fill_buffer(const std::shared_ptr<Buffer>& buffer, Range range, std::uint8_t value);
  /// Makes what the device wrote to a managed buffer visible to the host.
  void synchronize_resource(const std::shared_ptr<Buffer>& buffer);

 private:
  void require_range(const std::shared_ptr<Buffer>& buffer, Range range) const;
};

}  // namespace pymetal
