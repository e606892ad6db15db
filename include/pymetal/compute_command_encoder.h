// Encodes the dispatches of kernels.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "pymetal/command_encoder.h"
#include "pymetal/geometry.h"
#include "pymetal/object.h"

namespace pymetal {

class Buffer;
class ComputePipelineState;
struct Binding;

/// Every call throws ValidationError for arguments that break a rule, and leaves the encoder as it was.
class PYMETAL_EXPORT ComputeCommandEncoder : public CommandEncoder, public Object<ComputeCommandEncoder> {
 public:
  ComputeCommandEncoder(std::shared_ptr<CommandBuffer> commands, DispatchType type);

  DispatchType dispatch_type() const { return type_; }

  void set_compute_pipeline_state(std::shared_ptr<ComputePipelineState> state);
  /// `offset` in bytes; null unbinds. Slots 0 to 31.
  void set_buffer(std::shared_ptr<Buffer> buffer, std::uint64_t offset, std::uint32_t index);
  /// Buffers and offsets for the slots from `range.location` on.
  void set_buffers(std::span<const std::shared_ptr<Buffer>> buffers, std::span<const std::uint64_t> offsets,
                   Range range);
  /// Moves the offset of the buffer that is bound to the slot.
  void set_buffer_offset(std::uint64_t offset, std::uint32_t index);
  /// Copies up to 4096 bytes, which the kernel sees as a buffer.
  void set_bytes(const void* data, std::uint64_t length, std::uint32_t index);
  /// Bytes of a `[[threadgroup(index)]]` argument, rounded up to a multiple of 16.
  void set_threadgroup_memory_length(std::uint64_t length, std::uint32_t index);
  /// Commands after it begin when those before it have run. Only a concurrent encoder needs it, for what its dispatches
  /// share: they are not ordered by the buffers that they use.
  void memory_barrier(BarrierScope scope);
  void memory_barrier(std::span<const std::shared_ptr<Buffer>> resources);
  /// Tells of a buffer that kernels reach by an address in memory: it lives, and passes are ordered, as if it were
  /// bound.
  void use_resource(const std::shared_ptr<Buffer>& resource, ResourceUsage usage);
  void use_resources(std::span<const std::shared_ptr<Buffer>> resources, ResourceUsage usage);
  /// Runs the kernel once for each thread of a grid; threadgroups at its edges may be smaller. An empty grid runs
  /// nothing.
  void dispatch_threads(Size threads_per_grid, Size threads_per_threadgroup);
  /// Runs whole threadgroups.
  void dispatch_threadgroups(Size threadgroups_per_grid, Size threads_per_threadgroup);

 private:
  /// What a slot holds: a buffer, or a copy of bytes.
  struct Slot {
    std::shared_ptr<Buffer> buffer;
    std::uint64_t offset = 0;
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    /// What the pass is known to do with the buffer, so that each dispatch need not tell again.
    bool is_used = false;
    bool is_written = false;
  };

  void require_buffer_index(std::uint64_t index) const;
  void require_offset(const Buffer& buffer, std::uint64_t offset) const;
  void require_resource(const std::shared_ptr<Buffer>& resource) const;
  void require_binding(const Binding& binding) const;
  void require_threadgroup(Size threads) const;
  void dispatch(Size threads_per_grid, Size threads_per_threadgroup);

  /// Notes the use of the buffer in the slot, once.
  void use_slot(Slot& slot, bool writes) const;

  DispatchType type_;
  std::shared_ptr<ComputePipelineState> pipeline_;
  std::array<Slot, 32> slots_;
  std::array<std::uint32_t, 32> threadgroup_memory_{};
};

}  // namespace pymetal
