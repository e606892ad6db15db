// The device: makes every other object.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pymetal/compile_options.h"
#include "pymetal/enums.h"
#include "pymetal/error.h"
#include "pymetal/export.h"
#include "pymetal/geometry.h"
#include "pymetal/object.h"

namespace pymetal {

namespace backend {
class Backend;
}
class ArgumentEncoder;
class Buffer;
class CommandQueue;
class ComputePipelineState;
class Event;
class Fence;
class Function;
class Library;
class SharedEvent;
struct ArgumentDescriptor;
struct ComputePipelineDescriptor;
struct SharedEventHandle;

/// Every member function may be called from any thread. Objects keep the device that made them alive.
class PYMETAL_EXPORT Device : public Object<Device> {
 public:
  explicit Device(std::shared_ptr<backend::Backend> backend);
  ~Device();

  std::string name() const;
  Size max_threads_per_threadgroup() const;
  bool is_low_power() const;
  bool is_headless() const;
  bool is_removable() const;
  /// The host and the device share one memory.
  bool has_unified_memory() const;
  std::uint64_t registry_id() const;
  /// Bytes that work at once without loss of speed.
  std::uint64_t recommended_max_working_set_size() const;
  /// Bytes.
  std::uint64_t max_buffer_length() const;
  /// Bytes of threadgroup memory that a threadgroup may use.
  std::uint64_t max_threadgroup_memory_length() const;
  /// Bytes that the living buffers of this device take.
  std::uint64_t current_allocated_size() const;

  /// Metal's default maximum of command buffers in flight is 64. Throws ValidationError for 0.
  std::shared_ptr<CommandQueue> new_command_queue(std::uint64_t max_command_buffer_count = 64);
  std::shared_ptr<Fence> new_fence();
  std::shared_ptr<Event> new_event();
  /// Throws ResourceError where the machine has no memory to share.
  std::shared_ptr<SharedEvent> new_shared_event();
  /// Opens the event of another process, or of this one. Throws ResourceError where it is gone.
  std::shared_ptr<SharedEvent> new_shared_event_with_handle(const SharedEventHandle& handle);
  /// `length` bytes, all zero; at least 1, at most `max_buffer_length()`. Throws ValidationError, ResourceError.
  std::shared_ptr<Buffer> new_buffer(std::uint64_t length, ResourceOptions options = {});
  /// A buffer that begins as a copy of `length` bytes of `data`.
  std::shared_ptr<Buffer> new_buffer_with_data(const void* data, std::uint64_t length, ResourceOptions options = {});
  /// Compiles MSL. Throws CompileError.
  std::shared_ptr<Library> new_library_with_source(const std::string& source, const CompileOptions& options = {},
                                                   const std::vector<std::string>& include_paths = {});
  /// Compiles a file of MSL; `#include` also searches its folder. Throws ResourceError where it cannot be read.
  std::shared_ptr<Library> new_library_with_file(const std::filesystem::path& path, const CompileOptions& options = {},
                                                 const std::vector<std::string>& include_paths = {});
  /// Throws ValidationError for a function of another device, PipelineError where no code can be made.
  std::shared_ptr<ComputePipelineState> new_compute_pipeline_state(const std::shared_ptr<Function>& function);
  std::shared_ptr<ComputePipelineState> new_compute_pipeline_state(const ComputePipelineDescriptor& descriptor);
  /// An encoder for argument buffers whose members lie in order of their indices, each at its alignment, as those of a
  /// struct of the same members do. Throws ValidationError for descriptors that contradict each other.
  std::shared_ptr<ArgumentEncoder> new_argument_encoder(std::span<const ArgumentDescriptor> arguments);

  /// The seam below; for the other classes of this library.
  backend::Backend& backend() const { return *backend_; }

 private:
  friend class Buffer;
  std::shared_ptr<backend::Backend> backend_;
  std::shared_ptr<std::atomic<std::uint64_t>> allocated_;
};

/// The device that PYMETAL_DEVICE names (by short name, full name or a part of it); the CPU where it names none. The
/// same object each time. Throws ResourceError.
PYMETAL_EXPORT std::shared_ptr<Device> create_system_default_device();

/// Every device of this machine.
PYMETAL_EXPORT std::vector<std::shared_ptr<Device>> copy_all_devices();

}  // namespace pymetal
