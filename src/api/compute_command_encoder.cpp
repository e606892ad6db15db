// Encodes the dispatches of kernels.
#include "pymetal/compute_command_encoder.h"

#include <limits>

#include "api/command_stream.h"
#include "pymetal/buffer.h"
#include "pymetal/compute_pipeline_state.h"
#include "pymetal/device.h"

namespace pymetal {
namespace {

constexpr std::uint64_t kMaxBytesLength = 4096;
constexpr std::uint64_t kThreadgroupMemoryGranularity = 16;

std::string to_string(Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height) + " x " + std::to_string(size.depth);
}

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::uint64_t>::max() : product;
}

std::uint64_t volume(Size size) { return saturating_product(saturating_product(size.width, size.height), size.depth); }

}  // namespace

ComputeCommandEncoder::ComputeCommandEncoder(std::shared_ptr<CommandBuffer> commands, DispatchType type)
    : CommandEncoder(std::move(commands), "Compute command encoder"), type_(type) {
  pass().is_concurrent = type == DispatchType::Concurrent;
}

void ComputeCommandEncoder::set_compute_pipeline_state(std::shared_ptr<ComputePipelineState> state) {
  require_open();
  if (state == nullptr) throw ValidationError(name() + " needs a compute pipeline state (none is given).");
  if (state->device() != device())
    throw ValidationError(name() + ": the compute pipeline state belongs to another device (" +
                          state->device()->name() + ").");
  pipeline_ = std::move(state);
}

void ComputeCommandEncoder::require_buffer_index(std::uint64_t index) const {
  require_open();
  if (index >= slots_.size())
    throw ValidationError(name() + ": the buffer index (" + std::to_string(index) + ") is not below " +
                          std::to_string(slots_.size()) + ".");
}

void ComputeCommandEncoder::require_offset(const Buffer& buffer, std::uint64_t offset) const {
  if (offset >= buffer.length())
    throw ValidationError(name() + ": the offset (" + std::to_string(offset) + ") is not below the length of buffer '" +
                          buffer.label() + "' (" + std::to_string(buffer.length()) + " bytes).");
}

void ComputeCommandEncoder::set_buffer(std::shared_ptr<Buffer> buffer, std::uint64_t offset, std::uint32_t index) {
  require_buffer_index(index);
  if (buffer == nullptr) {
    slots_[index] = {};
    return;
  }
  if (buffer->device() != device())
    throw ValidationError(name() + ": the buffer belongs to another device (" + buffer->device()->name() + ").");
  require_offset(*buffer, offset);
  const std::uint64_t address = buffer->gpu_address();
  const std::uint64_t length = buffer->length();
  slots_[index] = {std::move(buffer), offset, address, length};
}

void ComputeCommandEncoder::set_buffers(std::span<const std::shared_ptr<Buffer>> buffers,
                                        std::span<const std::uint64_t> offsets, Range range) {
  require_open();
  if (buffers.size() != range.length || offsets.size() != range.length)
    throw ValidationError(name() + ": the range names " + std::to_string(range.length) + " slots for " +
                          std::to_string(buffers.size()) + " buffers and " + std::to_string(offsets.size()) +
                          " offsets.");
  if (range.location > slots_.size() || range.length > slots_.size() - range.location)
    require_buffer_index(range.location >= slots_.size() ? range.location : range.location + range.length - 1);
  // All or none: a bad entry leaves the slots as they were.
  const std::array<Slot, 32> before = slots_;
  try {
    for (std::size_t i = 0; i < buffers.size(); ++i)
      set_buffer(buffers[i], offsets[i], static_cast<std::uint32_t>(range.location + i));
  } catch (...) {
    slots_ = before;
    throw;
  }
}

void ComputeCommandEncoder::set_buffer_offset(std::uint64_t offset, std::uint32_t index) {
  require_buffer_index(index);
  if (slots_[index].buffer == nullptr)
    throw ValidationError(name() + ": no buffer is bound at buffer index (" + std::to_string(index) + ").");
  require_offset(*slots_[index].buffer, offset);
  slots_[index].offset = offset;
}

void ComputeCommandEncoder::set_bytes(const void* data, std::uint64_t length, std::uint32_t index) {
  require_buffer_index(index);
  if (length == 0 || length > kMaxBytesLength)
    throw ValidationError(name() + ": set_bytes takes 1 to " + std::to_string(kMaxBytesLength) + " bytes (" +
                          std::to_string(length) + "); use a buffer for more.");
  slots_[index] = {nullptr, 0, reinterpret_cast<std::uintptr_t>(stream().copy(data, length)), length};
}

void ComputeCommandEncoder::set_threadgroup_memory_length(std::uint64_t length, std::uint32_t index) {
  require_open();
  if (index >= threadgroup_memory_.size())
    throw ValidationError(name() + ": the threadgroup memory index (" + std::to_string(index) + ") is not below " +
                          std::to_string(threadgroup_memory_.size()) + ".");
  if (length > device()->max_threadgroup_memory_length())
    throw ValidationError(name() + ": the length of threadgroup memory (" + std::to_string(length) +
                          " bytes) is above the device's limit of " +
                          std::to_string(device()->max_threadgroup_memory_length()) + ".");
  // Metal asks for whole granules and, without its validation layer, takes any length.
  threadgroup_memory_[index] = static_cast<std::uint32_t>(
      (length + kThreadgroupMemoryGranularity - 1) / kThreadgroupMemoryGranularity * kThreadgroupMemoryGranularity);
}

void ComputeCommandEncoder::require_binding(const Binding& binding) const {
  if (!binding.is_used) return;
  const std::string argument = "argument '" + binding.name + "' of function '" + pipeline_->function_name() + "'";
  if (binding.type == BindingType::ThreadgroupMemory) {
    if (threadgroup_memory_[binding.index] < std::max<std::uint64_t>(binding.data_size, 1))
      throw ValidationError(name() + ": " + argument + " needs threadgroup memory at index (" +
                            std::to_string(binding.index) + "); call set_threadgroup_memory_length().");
    return;
  }
  if (binding.type != BindingType::Buffer) return;
  const Slot& slot = slots_[binding.index];
  if (slot.address == 0)
    throw ValidationError(name() + ": nothing is bound at buffer index (" + std::to_string(binding.index) +
                          "), which " + argument + " needs.");
  const std::uint64_t available = slot.length - slot.offset;
  if (available < binding.data_size)
    throw ValidationError(name() + ": " + argument + " needs " + std::to_string(binding.data_size) +
                          " bytes, and what is bound at buffer index (" + std::to_string(binding.index) + ") has " +
                          std::to_string(available) + ".");
  if (slot.offset % binding.alignment != 0)
    throw ValidationError(name() + ": the offset (" + std::to_string(slot.offset) + ") at buffer index " +
                          std::to_string(binding.index) + " is no multiple of " + std::to_string(binding.alignment) +
                          ", the alignment of " + argument + ".");
}

void ComputeCommandEncoder::require_threadgroup(Size threads) const {
  const Size limit = device()->max_threads_per_threadgroup();
  if (threads.width == 0 || threads.height == 0 || threads.depth == 0)
    throw ValidationError(name() + ": a threadgroup must have threads in each dimension (" + to_string(threads) + ").");
  if (threads.width > limit.width || threads.height > limit.height || threads.depth > limit.depth)
    throw ValidationError(name() + ": a threadgroup (" + to_string(threads) +
                          ") is larger than the device's limit of " + to_string(limit) + ".");
  const std::uint64_t total = pipeline_->max_total_threads_per_threadgroup();
  if (volume(threads) > total)
    throw ValidationError(name() + ": a threadgroup (" + to_string(threads) + ") has more threads than function '" +
                          pipeline_->function_name() + "' allows (" + std::to_string(total) + ").");
  const std::uint64_t width = pipeline_->thread_execution_width();
  if (pipeline_->thread_group_size_is_multiple_of_thread_execution_width() && volume(threads) % width != 0)
    throw ValidationError(name() + ": the pipeline of function '" + pipeline_->function_name() +
                          "' takes threadgroups of whole simdgroups (" + to_string(threads) +
                          " threads are no multiple of " + std::to_string(width) + ").");
}

void ComputeCommandEncoder::use_slot(Slot& slot, bool writes) const {
  if (slot.is_used && (slot.is_written || !writes)) return;
  use(slot.buffer, writes);
  slot.is_used = true;
  slot.is_written |= writes;
}

void ComputeCommandEncoder::memory_barrier(BarrierScope scope) {
  require_open();
  constexpr std::uint32_t kKnownBits = 7;
  if (scope == BarrierScope{} || (static_cast<std::uint32_t>(scope) & ~kKnownBits) != 0)
    throw ValidationError(name() + ": a barrier's scope is a set of Buffers, Textures and RenderTargets (" +
                          std::to_string(static_cast<std::uint32_t>(scope)) + ").");
  pass().barriers.push_back(pass().commands.size());
}

void ComputeCommandEncoder::memory_barrier(std::span<const std::shared_ptr<Buffer>> resources) {
  require_open();
  for (const std::shared_ptr<Buffer>& resource : resources) require_resource(resource);
  pass().barriers.push_back(pass().commands.size());
}

void ComputeCommandEncoder::require_resource(const std::shared_ptr<Buffer>& resource) const {
  if (resource == nullptr) throw ValidationError(name() + " needs a resource (none is given).");
  if (resource->device() != device())
    throw ValidationError(name() + ": the buffer belongs to another device (" + resource->device()->name() + ").");
}

void ComputeCommandEncoder::use_resource(const std::shared_ptr<Buffer>& resource, ResourceUsage usage) {
  use_resources({&resource, 1}, usage);
}

void ComputeCommandEncoder::use_resources(std::span<const std::shared_ptr<Buffer>> resources, ResourceUsage usage) {
  require_open();
  constexpr std::uint32_t kKnownBits = 7;
  const auto bits = static_cast<std::uint32_t>(usage);
  if (bits == 0 || (bits & ~kKnownBits) != 0)
    throw ValidationError(name() + ": a resource's usage is a set of Read, Write and Sample (" + std::to_string(bits) +
                          ").");
  for (const std::shared_ptr<Buffer>& resource : resources) require_resource(resource);
  for (const std::shared_ptr<Buffer>& resource : resources)
    use(resource, (bits & static_cast<std::uint32_t>(ResourceUsage::Write)) != 0);
}

void ComputeCommandEncoder::dispatch_threads(Size threads_per_grid, Size threads_per_threadgroup) {
  dispatch(threads_per_grid, threads_per_threadgroup);
}

void ComputeCommandEncoder::dispatch_threadgroups(Size threadgroups_per_grid, Size threads_per_threadgroup) {
  dispatch({saturating_product(threadgroups_per_grid.width, threads_per_threadgroup.width),
            saturating_product(threadgroups_per_grid.height, threads_per_threadgroup.height),
            saturating_product(threadgroups_per_grid.depth, threads_per_threadgroup.depth)},
           threads_per_threadgroup);
}

void ComputeCommandEncoder::dispatch(Size threads_per_grid, Size threads_per_threadgroup) {
  require_open();
  if (pipeline_ == nullptr)
    throw ValidationError(name() + " has no pipeline; call set_compute_pipeline_state() before a dispatch.");
  require_threadgroup(threads_per_threadgroup);
  constexpr std::uint64_t kMaxThreads = std::numeric_limits<std::uint32_t>::max();
  for (const std::uint64_t threads : {threads_per_grid.width, threads_per_grid.height, threads_per_grid.depth})
    if (threads > kMaxThreads)
      throw ValidationError(name() + ": a grid has at most " + std::to_string(kMaxThreads) +
                            " threads in each dimension (" + to_string(threads_per_grid) + ").");
  // Nothing runs, so nothing need be bound.
  if (volume(threads_per_grid) == 0) return;

  backend::DispatchCommand command;
  std::uint64_t threadgroup_bytes = pipeline_->static_threadgroup_memory_length();
  for (const Binding& binding : pipeline_->reflection().bindings) {
    require_binding(binding);
    if (binding.type == BindingType::ThreadgroupMemory) {
      command.threadgroup_memory[binding.index] = threadgroup_memory_[binding.index];
      threadgroup_bytes += threadgroup_memory_[binding.index];
    } else if (binding.type == BindingType::Buffer) {
      const Slot& slot = slots_[binding.index];
      command.buffers[binding.index] = slot.address + slot.offset;
      command.buffer_lengths[binding.index] = slot.length - slot.offset;
    }
  }
  if (threadgroup_bytes > device()->max_threadgroup_memory_length())
    throw ValidationError(name() + ": function '" + pipeline_->function_name() + "' takes more threadgroup memory (" +
                          std::to_string(threadgroup_bytes) + " bytes) than the device has (" +
                          std::to_string(device()->max_threadgroup_memory_length()) + ").");
  for (const Binding& binding : pipeline_->reflection().bindings)
    if (binding.type == BindingType::Buffer && slots_[binding.index].buffer != nullptr)
      use_slot(slots_[binding.index], binding.access != BindingAccess::ReadOnly);
  command.pipeline = pipeline_->compiled();
  command.threads_per_grid = threads_per_grid;
  command.threads_per_threadgroup = threads_per_threadgroup;
  pass().commands.emplace_back(std::move(command));
}

}  // namespace pymetal
