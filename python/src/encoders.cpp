// Compute and blit command encoders.
#include "bindings.h"

namespace pymetal::python {
namespace {

void set_bytes(ComputeCommandEncoder& encoder, nb::handle data, std::uint32_t index) {
  const BytesView view(data);
  encoder.set_bytes(view.data(), view.size(), index);
}

void set_bytes_of_length(ComputeCommandEncoder& encoder, nb::handle data, std::uint64_t length, std::uint32_t index) {
  const BytesView view(data);
  if (length > view.size())
    throw ValidationError("Compute command encoder: the length (" + std::to_string(length) +
                          ") goes beyond the data (" + std::to_string(view.size()) + " bytes).");
  encoder.set_bytes(view.data(), length, index);
}

void bind_compute(nb::module_& module) {
  nb::class_<ComputeCommandEncoder, CommandEncoder> type(
      module, "ComputeCommandEncoder", nb::is_weak_referenceable(),
      "Encodes the dispatches of kernels. A call that raises ValidationError leaves the encoder as it was.");
  type.def("set_compute_pipeline_state", &ComputeCommandEncoder::set_compute_pipeline_state, "state"_a)
      .def("set_buffer", &ComputeCommandEncoder::set_buffer, "buffer"_a.none(), "offset"_a, "index"_a,
           "Binds a buffer from `offset` bytes on to a slot, 0 to 31; None unbinds.")
      .def(
          "set_buffers",
          [](ComputeCommandEncoder& self, const std::vector<std::shared_ptr<Buffer>>& buffers,
             const std::vector<std::uint64_t>& offsets, Range range) { self.set_buffers(buffers, offsets, range); },
          "buffers"_a, "offsets"_a, "range"_a, "Binds buffers to the slots of a range.")
      .def("set_buffer_offset", &ComputeCommandEncoder::set_buffer_offset, "offset"_a, "index"_a,
           "Moves the offset of the buffer that is bound to the slot.")
      .def("set_bytes", &set_bytes, "data"_a, "index"_a,
           nb::sig("def set_bytes(self, data: bytes | bytearray | memoryview | numpy.typing.NDArray[typing.Any] | "
                   "numpy.generic, index: int) -> None"),
           "Copies up to 4096 bytes, which the kernel sees as a buffer.")
      .def("set_bytes", &set_bytes_of_length, "data"_a, "length"_a, "index"_a,
           nb::sig("def set_bytes(self, data: bytes | bytearray | memoryview | numpy.typing.NDArray[typing.Any] | "
                   "numpy.generic, length: int, index: int) -> None"))
      .def("set_threadgroup_memory_length", &ComputeCommandEncoder::set_threadgroup_memory_length, "length"_a,
           "index"_a, "Bytes of a `[[threadgroup(index)]]` argument, rounded up to a multiple of 16.")
      .def(
          "dispatch_threads",
          [](ComputeCommandEncoder& self, std::uint64_t w, std::uint64_t h, std::uint64_t d, std::uint64_t tw,
             std::uint64_t th, std::uint64_t td) {
            self.dispatch_threads({w, h, d}, {tw, th, td});
          },
          "threads_per_grid_w"_a, "threads_per_grid_h"_a, "threads_per_grid_d"_a, "threads_per_threadgroup_w"_a,
          "threads_per_threadgroup_h"_a, "threads_per_threadgroup_d"_a,
          "Runs the kernel once for each thread of a grid; threadgroups at its edges may be smaller. An empty grid "
          "runs\n"
          "nothing.")
      .def(
          "dispatch_threadgroups",
          [](ComputeCommandEncoder& self, std::uint64_t w, std::uint64_t h, std::uint64_t d, std::uint64_t tw,
             std::uint64_t th, std::uint64_t td) {
            self.dispatch_threadgroups({w, h, d}, {tw, th, td});
          },
          "threadgroups_per_grid_w"_a, "threadgroups_per_grid_h"_a, "threadgroups_per_grid_d"_a,
          "threads_per_threadgroup_w"_a, "threads_per_threadgroup_h"_a, "threads_per_threadgroup_d"_a,
          "Runs whole threadgroups.")
      .def_prop_ro("dispatch_type", &ComputeCommandEncoder::dispatch_type)
      .def(
          "memory_barrier",
          [](ComputeCommandEncoder& self, std::uint32_t scope) { self.memory_barrier(BarrierScope{scope}); }, "scope"_a,
          nb::sig("def memory_barrier(self, scope: BarrierScope | int) -> None"),
          "Commands after it begin when those before it have run; for concurrent encoders.")
      .def(
          "memory_barrier",
          [](ComputeCommandEncoder& self, const std::vector<std::shared_ptr<Buffer>>& resources) {
            self.memory_barrier(resources);
          },
          "resources"_a, nb::sig("def memory_barrier(self, resources: collections.abc.Sequence[Buffer]) -> None"))
      .def(
          "use_resource",
          [](ComputeCommandEncoder& self, const std::shared_ptr<Buffer>& resource, std::uint32_t usage) {
            self.use_resource(resource, ResourceUsage{usage});
          },
          "resource"_a, "usage"_a,
          nb::sig("def use_resource(self, resource: Buffer, usage: ResourceUsage | int) -> None"),
          "Tells of a buffer that kernels reach by an address in memory: it is kept and ordered as if it were bound.")
      .def(
          "use_resources",
          [](ComputeCommandEncoder& self, const std::vector<std::shared_ptr<Buffer>>& resources, std::uint32_t usage) {
            self.use_resources(resources, ResourceUsage{usage});
          },
          "resources"_a, "usage"_a,
          nb::sig("def use_resources(self, resources: collections.abc.Sequence[Buffer], "
                  "usage: ResourceUsage | int) -> None"))
      .def(
          "__enter__", [](nb::handle_t<ComputeCommandEncoder> self) { return nb::borrow(self); },
          nb::sig("def __enter__(self) -> ComputeCommandEncoder"));
}

void bind_blit(nb::module_& module) {
  constexpr const char* kCopy =
      "Copies `size` bytes between buffers; both ranges must lie inside them, and may overlap.";
  nb::class_<BlitCommandEncoder, CommandEncoder>(module, "BlitCommandEncoder", nb::is_weak_referenceable(),
                                                 "Encodes copies between resources.")
      .def("copy_from_buffer_to_buffer", &BlitCommandEncoder::copy_from_buffer_to_buffer, "source"_a, "source_offset"_a,
           "destination"_a, "destination_offset"_a, "size"_a, kCopy)
      .def("copy_from_buffer", &BlitCommandEncoder::copy_from_buffer_to_buffer, "source"_a, "source_offset"_a,
           "destination"_a, "destination_offset"_a, "size"_a, kCopy)
      .def("fill_buffer", &BlitCommandEncoder::fill_buffer, "buffer"_a, "range"_a, "value"_a,
           "Sets each byte of the range to `value`, 0 to 255.")
      .def("synchronize_resource", &BlitCommandEncoder::synchronize_resource, "resource"_a,
           "Makes what the device wrote to a managed buffer visible to the host.")
      .def(
          "__enter__", [](nb::handle_t<BlitCommandEncoder> self) { return nb::borrow(self); },
          nb::sig("def __enter__(self) -> BlitCommandEncoder"));
}

}  // namespace

void bind_encoders(nb::module_& module) {
  nb::class_<CommandEncoder> base(module, "CommandEncoder", nb::is_weak_referenceable(),
                                  "What the encoders share. It belongs to the thread that made it.");
  base.def_prop_ro("device", &CommandEncoder::device)
      .def("update_fence", &CommandEncoder::update_fence, "fence"_a,
           "Later encoders of the queue that wait for the fence run after this one.")
      .def("wait_for_fence", &CommandEncoder::wait_for_fence, "fence"_a,
           "This encoder runs after the earlier ones of the queue that update the fence; where none does, at once.\n\n"
           "Raises ValidationError for a fence that an encoder of another queue updated last.")
      .def("end_encoding", &CommandEncoder::end_encoding,
           "Ends the encoder: it takes no calls after it, and the command buffer may begin another.")
      .def("insert_debug_signpost", &CommandEncoder::insert_debug_signpost, "name"_a)
      .def("push_debug_group", &CommandEncoder::push_debug_group, "name"_a)
      .def("pop_debug_group", &CommandEncoder::pop_debug_group)
      .def(
          "__exit__",
          [](CommandEncoder& self, nb::handle type, nb::handle, nb::handle) {
            if (!type.is_none())
              self.abandon();
            else if (self.is_open())
              self.end_encoding();
          },
          "type"_a.none(), "value"_a.none(), "traceback"_a.none(),
          nb::sig("def __exit__(self, type: object, value: object, traceback: object) -> None"),
          "Ends the encoder; what an exception left in it is not checked.");
  bind_label(base);
  bind_compute(module);
  bind_blit(module);
}

}  // namespace pymetal::python
