// Devices, and the two functions that find them.
#include <nanobind/stl/filesystem.h>

#include "bindings.h"
#include "interpreter.h"

namespace pymetal::python {
namespace {

/// From here on it pays to let other threads run meanwhile.
constexpr std::uint64_t kLargeCopy = 1 << 20;

ResourceOptions to_options(std::uint32_t options) { return static_cast<ResourceOptions>(options); }

std::shared_ptr<Buffer> new_buffer_with_data(Device& device, nb::handle data, std::optional<std::uint64_t> length,
                                             std::uint32_t options) {
  const BytesView view(data);
  const std::uint64_t bytes = length.value_or(view.size());
  if (bytes > view.size())
    throw ValidationError("Device: the length (" + std::to_string(bytes) + ") goes beyond the data (" +
                          std::to_string(view.size()) + " bytes).");
  if (bytes < kLargeCopy) return device.new_buffer_with_data(view.data(), bytes, to_options(options));
  const GilRelease release;
  return device.new_buffer_with_data(view.data(), bytes, to_options(options));
}

std::pair<std::shared_ptr<ComputePipelineState>, ComputePipelineReflection> with_reflection(
    Device& device, ComputePipelineDescriptor descriptor) {
  const GilRelease release;
  std::shared_ptr<ComputePipelineState> state = device.new_compute_pipeline_state(descriptor);
  return {state, state->reflection()};
}

std::vector<std::string> to_strings(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> strings;
  for (const std::filesystem::path& path : paths) strings.push_back(path.string());
  return strings;
}

}  // namespace

void bind_device(nb::module_& module) {
  nb::class_<Device>(module, "Device", nb::is_weak_referenceable(),
                     "Makes every other object. Every method may be called from any thread.")
      .def_prop_ro("name", &Device::name)
      .def_prop_ro("max_threads_per_threadgroup", &Device::max_threads_per_threadgroup,
                   "Threads in each dimension; a pipeline state tells how many there may be in all.")
      .def_prop_ro("is_low_power", &Device::is_low_power)
      .def_prop_ro("is_headless", &Device::is_headless)
      .def_prop_ro("is_removable", &Device::is_removable)
      .def_prop_ro("has_unified_memory", &Device::has_unified_memory, "Host and device share one memory.")
      .def_prop_ro("registry_id", &Device::registry_id)
      .def_prop_ro("recommended_max_working_set_size", &Device::recommended_max_working_set_size, "Bytes.")
      .def_prop_ro("max_buffer_length", &Device::max_buffer_length, "Bytes.")
      .def_prop_ro("max_threadgroup_memory_length", &Device::max_threadgroup_memory_length, "Bytes.")
      .def_prop_ro("current_allocated_size", &Device::current_allocated_size,
                   "Bytes that the living buffers of this device take.")
      .def("new_command_queue", &Device::new_command_queue, "max_command_buffer_count"_a = 64,
           "A queue that admits so many command buffers that are committed and not complete.")
      .def("new_fence", &Device::new_fence, "Orders encoders of one queue.")
      .def("new_event", &Device::new_event, "Orders command buffers of different queues.")
      .def("new_shared_event", &Device::new_shared_event,
           "An event that the host, and other processes, read and signal.\n\n"
           "Raises ResourceError where the machine has no memory to share.")
      .def("new_shared_event_with_handle", &Device::new_shared_event_with_handle, "handle"_a,
           "Opens the event of another process.\n\nRaises ResourceError where it is gone.")
      .def(
          "new_buffer",
          [](Device& device, std::uint64_t length, std::uint32_t options) {
            return device.new_buffer(length, to_options(options));
          },
          "length"_a, "options"_a = 0, nb::call_guard<GilRelease>(),
          "A buffer of `length` bytes, all zero.\n\nRaises ValidationError for a length of 0 or above\n"
          "`max_buffer_length`, ResourceError where the machine has no such memory.")
      .def("new_buffer_with_data", &new_buffer_with_data, "data"_a, "length"_a.none() = nb::none(), "options"_a = 0,
           nb::sig("def new_buffer_with_data(self, data: bytes | bytearray | memoryview | "
                   "numpy.typing.NDArray[typing.Any] | numpy.generic, length: int | None = None, "
                   "options: int = 0) -> Buffer"),
           "A buffer that begins as a copy of the first `length` bytes of `data` (all, by default).\n\n"
           "`data` is bytes, an array, or anything else with the buffer protocol, C-contiguous.")
      .def(
          "new_library_with_source",
          // The options by value: another thread may change them while this one compiles.
          [](Device& device, const std::string& source, CompileOptions options,
             const std::vector<std::filesystem::path>& include_paths) {
            const GilRelease release;
            return device.new_library_with_source(source, options, to_strings(include_paths));
          },
          "source"_a, nb::arg("options").lock() = CompileOptions(),
          "include_paths"_a = std::vector<std::filesystem::path>(),
          nb::sig("def new_library_with_source(self, source: str, options: CompileOptions = ..., "
                  "include_paths: collections.abc.Sequence[str | os.PathLike[str]] = ()) -> Library"),
          "Compiles MSL.\n\nRaises CompileError, whose `diagnostics` lists what is wrong.")
      .def(
          "new_library_with_file",
          [](Device& device, const std::filesystem::path& path, std::optional<CompileOptions> options,
             const std::vector<std::filesystem::path>& include_paths) {
            const GilRelease release;
            return device.new_library_with_file(path, options.value_or(CompileOptions()), to_strings(include_paths));
          },
          "path"_a, "options"_a.none() = nb::none(), "include_paths"_a = std::vector<std::filesystem::path>(),
          nb::sig(
              "def new_library_with_file(self, path: str | os.PathLike[str], options: CompileOptions | None = None, "
              "include_paths: collections.abc.Sequence[str | os.PathLike[str]] = ()) -> Library"),
          "Compiles a file of MSL; `#include` also searches its folder.\n\n"
          "Raises ResourceError where the file cannot be read, CompileError where it is wrong.")
      .def("new_compute_pipeline_state",
           nb::overload_cast<const std::shared_ptr<Function>&>(&Device::new_compute_pipeline_state), "function"_a,
           nb::call_guard<GilRelease>(),
           "Makes code of a kernel.\n\nRaises ValidationError for a function of another device, PipelineError where\n"
           "no code can be made. With `options`, also returns the reflection of its arguments.")
      .def(
          "new_compute_pipeline_state",
          // The descriptor by value: another thread may change it meanwhile.
          [](Device& device, ComputePipelineDescriptor descriptor) {
            const GilRelease release;
            return device.new_compute_pipeline_state(descriptor);
          },
          nb::arg("descriptor").lock())
      .def(
          "new_compute_pipeline_state",
          [](Device& device, const std::shared_ptr<Function>& function, std::uint32_t) {
            ComputePipelineDescriptor descriptor;
            descriptor.compute_function = function;
            return with_reflection(device, std::move(descriptor));
          },
          "function"_a, "options"_a,
          nb::sig("def new_compute_pipeline_state(self, function: Function, options: PipelineOption | int) -> "
                  "tuple[ComputePipelineState, ComputePipelineReflection]"))
      .def(
          "new_compute_pipeline_state",
          [](Device& device, ComputePipelineDescriptor descriptor, std::uint32_t) {
            return with_reflection(device, std::move(descriptor));
          },
          nb::arg("descriptor").lock(), "options"_a,
          nb::sig("def new_compute_pipeline_state(self, descriptor: ComputePipelineDescriptor, "
                  "options: PipelineOption | int) -> tuple[ComputePipelineState, ComputePipelineReflection]"))
      .def(
          "new_argument_encoder",
          [](Device& device, const std::vector<ArgumentDescriptor>& arguments) {
            return device.new_argument_encoder(arguments);
          },
          "arguments"_a,
          "An encoder for argument buffers whose members lie in order of their indices, each at its alignment, as\n"
          "those of a struct of the same members do.\n\n"
          "Raises ValidationError for descriptors that contradict each other.")
      .def("__repr__", [](const Device& device) { return object_text("Device", device.name(), ""); });

  module.def("create_system_default_device", &create_system_default_device,
             "The device that the environment variable PYMETAL_DEVICE names (by short name, full name or a part of\n"
             "it), the CPU where it names none; the same object each time.\n\n"
             "Raises ResourceError, which lists the devices, when the name fits none.");
  module.def("copy_all_devices", &copy_all_devices, "Every device of this machine.");
}

}  // namespace pymetal::python
