// The device: makes every other object.
#include "pymetal/device.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>

#include "api/argument_layout.h"
#include "api/hazard_guard.h"
#include "api/source_rules.h"
#include "backend/backend.h"
#include "backend/registry.h"
#include "pymetal/buffer.h"
#include "pymetal/command_queue.h"
#include "pymetal/compute_pipeline_descriptor.h"
#include "pymetal/compute_pipeline_state.h"
#include "pymetal/event.h"
#include "pymetal/fence.h"
#include "pymetal/function.h"
#include "pymetal/library.h"
#include "pymetal/shared_event.h"
#include "pymetal/wait_limit.h"

namespace pymetal {
namespace {

constexpr std::uint32_t kStorageModeShift = 4;

StorageMode storage_mode_of(ResourceOptions options) {
  return static_cast<StorageMode>(static_cast<std::uint32_t>(options) >> kStorageModeShift & 0xf);
}

void require_options(ResourceOptions options) {
  const auto bits = static_cast<std::uint32_t>(options);
  constexpr std::uint32_t kKnownBits = 0x3f1;
  if ((bits & ~kKnownBits) != 0)
    throw ValidationError("Device: the resource options hold bits that mean nothing (" + std::to_string(bits) + ").");
  if (storage_mode_of(options) == StorageMode::Memoryless)
    throw ValidationError("Device: a buffer cannot have memoryless storage (" + std::to_string(bits) + ").");
}

/// One object per backend, so that two calls give the same device.
std::shared_ptr<Device> device_of(const std::shared_ptr<backend::Backend>& backend) {
  static auto* mutex = new std::mutex;
  static auto* devices = new std::vector<std::shared_ptr<Device>>;
  const std::lock_guard lock(*mutex);
  for (const std::shared_ptr<Device>& device : *devices)
    if (&device->backend() == backend.get()) return device;
  return devices->emplace_back(std::make_shared<Device>(backend));
}

/// The options, and what the environment adds to them.
CompileOptions effective_options(CompileOptions options) {
  const char* defers = std::getenv("PYMETAL_DEFER_INSTANTIATIONS");
  options.defer_instantiations |= defers != nullptr && std::string_view(defers) == "1";
  return options;
}

}  // namespace

Device::Device(std::shared_ptr<backend::Backend> backend)
    : backend_(std::move(backend)), allocated_(std::make_shared<std::atomic<std::uint64_t>>(0)) {
  // A wrong value is told at the start, and not by a thread that nobody hears.
  static_cast<void>(wait_timeout());
}
Device::~Device() = default;

std::string Device::name() const { return backend_->info().name; }
Size Device::max_threads_per_threadgroup() const { return backend_->info().max_threads_per_threadgroup; }
bool Device::is_low_power() const { return backend_->info().is_low_power; }
bool Device::is_headless() const { return backend_->info().is_headless; }
bool Device::is_removable() const { return backend_->info().is_removable; }
bool Device::has_unified_memory() const { return backend_->info().has_unified_memory; }
std::uint64_t Device::registry_id() const { return backend_->info().registry_id; }
std::uint64_t Device::recommended_max_working_set_size() const {
  return backend_->info().recommended_max_working_set_size;
}
std::uint64_t Device::max_buffer_length() const { return backend_->info().max_buffer_length; }
std::uint64_t Device::max_threadgroup_memory_length() const { return backend_->info().max_threadgroup_memory_length; }
std::uint64_t Device::current_allocated_size() const { return allocated_->load(std::memory_order_relaxed); }

std::shared_ptr<CommandQueue> Device::new_command_queue(std::uint64_t max_command_buffer_count) {
  if (max_command_buffer_count == 0)
    throw ValidationError("Device: a command queue must admit at least one command buffer (0).");
  return std::make_shared<CommandQueue>(shared_from_this(), max_command_buffer_count);
}

std::shared_ptr<Fence> Device::new_fence() { return std::make_shared<Fence>(shared_from_this()); }
std::shared_ptr<Event> Device::new_event() { return std::make_shared<Event>(shared_from_this()); }
std::shared_ptr<SharedEvent> Device::new_shared_event() { return std::make_shared<SharedEvent>(shared_from_this()); }
std::shared_ptr<SharedEvent> Device::new_shared_event_with_handle(const SharedEventHandle& handle) {
  return std::make_shared<SharedEvent>(shared_from_this(), handle);
}

std::shared_ptr<Buffer> Device::new_buffer(std::uint64_t length, ResourceOptions options) {
  require_options(options);
  hazard_guard::throw_pending();
  if (length == 0) throw ValidationError("Device: a buffer must have at least one byte (0).");
  if (length > max_buffer_length())
    throw ValidationError("Device: a buffer has at most " + std::to_string(max_buffer_length()) +
                          " bytes on this device (" + std::to_string(length) + ").");
  std::shared_ptr<backend::Memory> memory =
      backend_->allocate(length, storage_mode_of(options), hazard_guard::is_enabled);
  return std::make_shared<Buffer>(shared_from_this(), std::move(memory), options);
}

std::shared_ptr<Buffer> Device::new_buffer_with_data(const void* data, std::uint64_t length, ResourceOptions options) {
  std::shared_ptr<Buffer> buffer = new_buffer(length, options);
  std::memcpy(reinterpret_cast<void*>(buffer->gpu_address()), data, length);
  return buffer;
}

std::shared_ptr<Library> Device::new_library_with_source(const std::string& source, const CompileOptions& options,
                                                         const std::vector<std::string>& include_paths) {
  require_macros(options);
  backend::LibrarySource unit;
  unit.text = without_byte_order_mark(source);
  unit.include_paths = include_paths;
  unit.options = effective_options(options);
  return std::make_shared<Library>(shared_from_this(), backend_->compile_library(unit));
}

std::shared_ptr<Library> Device::new_library_with_file(const std::filesystem::path& path, const CompileOptions& options,
                                                       const std::vector<std::string>& include_paths) {
  require_macros(options);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!std::filesystem::is_regular_file(path) || !file || !(text << file.rdbuf()))
    throw ResourceError("Device: the library's source file cannot be read (" + path.string() + ").");
  backend::LibrarySource unit;
  unit.text = without_byte_order_mark(std::move(text).str());
  unit.file_name = path.string();
  const std::filesystem::path folder = path.parent_path();
  unit.include_paths.push_back(folder.empty() ? "." : folder.string());
  unit.include_paths.insert(unit.include_paths.end(), include_paths.begin(), include_paths.end());
  unit.options = effective_options(options);
  return std::make_shared<Library>(shared_from_this(), backend_->compile_library(unit));
}

std::shared_ptr<ComputePipelineState> Device::new_compute_pipeline_state(const std::shared_ptr<Function>& function) {
  ComputePipelineDescriptor descriptor;
  descriptor.compute_function = function;
  return new_compute_pipeline_state(descriptor);
}

std::shared_ptr<ComputePipelineState> Device::new_compute_pipeline_state(const ComputePipelineDescriptor& descriptor) {
  const std::shared_ptr<Function>& function = descriptor.compute_function;
  if (function == nullptr) throw ValidationError("Device: a compute pipeline state needs a function (none is given).");
  if (function->device().get() != this)
    throw ValidationError("Device: function '" + function->name() + "' belongs to another device (" +
                          function->device()->name() + ").");
  if (function->function_type() != FunctionType::Kernel)
    throw ValidationError("Device: a compute pipeline state needs a kernel, and function '" + function->name() +
                          "' is none.");
  return std::make_shared<ComputePipelineState>(
      shared_from_this(), descriptor,
      backend_->make_compute_pipeline(*function->library()->compiled(), function->name(), function->constant_values()));
}

std::shared_ptr<ArgumentEncoder> Device::new_argument_encoder(std::span<const ArgumentDescriptor> arguments) {
  return std::make_shared<ArgumentEncoder>(shared_from_this(),
                                           std::make_shared<const TypeTable>(lay_out_arguments(arguments)), 0);
}

std::shared_ptr<Device> create_system_default_device() { return device_of(backend::default_backend()); }

std::vector<std::shared_ptr<Device>> copy_all_devices() {
  std::vector<std::shared_ptr<Device>> devices;
  for (const std::shared_ptr<backend::Backend>& backend : backend::all_backends())
    devices.push_back(device_of(backend));
  return devices;
}

}  // namespace pymetal
