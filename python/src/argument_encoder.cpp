// Argument encoders, and the descriptors of what they encode.
#include "bindings.h"

namespace pymetal::python {

void bind_argument_encoder(nb::module_& module) {
  nb::class_<ArgumentDescriptor>(module, "ArgumentDescriptor",
                                 "One member of an argument buffer that no shader describes.")
      .def(nb::init<>())
      .def_static(
          "argument_descriptor", [] { return ArgumentDescriptor(); }, "A descriptor of a pointer at index 0.")
      .def_rw("data_type", &ArgumentDescriptor::data_type, "Pointer, or the type of a constant.")
      .def_rw("index", &ArgumentDescriptor::index, "The `[[id(n)]]` of the member.")
      .def_rw("array_length", &ArgumentDescriptor::array_length, "Elements of an array; 0 for a member that is none.")
      .def_rw("access", &ArgumentDescriptor::access)
      .def_rw("constant_block_alignment", &ArgumentDescriptor::constant_block_alignment,
              "Bytes; 0 for the alignment of the type.");

  nb::class_<ArgumentEncoder> encoder(
      module, "ArgumentEncoder", nb::is_weak_referenceable(),
      "Writes the addresses and constants of an argument buffer, as the struct of the shader has them. One thread at "
      "a\n"
      "time. It keeps no buffer whose address it writes: name these with `use_resource` when you encode commands.\n\n"
      "Raises ValidationError for an index that the struct lacks or that holds something else.");
  encoder.def_prop_ro("device", &ArgumentEncoder::device)
      .def_prop_ro("encoded_length", &ArgumentEncoder::encoded_length, "Bytes of one argument buffer.")
      .def_prop_ro("alignment", &ArgumentEncoder::alignment, "Bytes; an argument buffer begins at a multiple.")
      .def("set_argument_buffer", &ArgumentEncoder::set_argument_buffer, "buffer"_a.none(), "offset"_a,
           "array_element"_a = 0,
           "Where the following calls write: element `array_element` of the argument buffers that begin at `offset`.")
      .def("set_buffer", &ArgumentEncoder::set_buffer, "buffer"_a.none(), "offset"_a, "index"_a,
           "Writes the address of the buffer, `offset` bytes in; None writes a null pointer.")
      .def(
          "set_buffers",
          [](ArgumentEncoder& self, const std::vector<std::shared_ptr<Buffer>>& buffers,
             const std::vector<std::uint64_t>& offsets, Range range) { self.set_buffers(buffers, offsets, range); },
          "buffers"_a, "offsets"_a, "range"_a, "Writes the addresses of buffers for a range of indices.")
      .def(
          "constant_data",
          [](const ArgumentEncoder& self, std::uint64_t index) {
            return reinterpret_cast<std::uintptr_t>(self.constant_data(index));
          },
          "index"_a,
          "The address of the constant, for `ctypes.memmove` and its like; valid while the argument buffer lives.")
      .def("new_argument_encoder", &ArgumentEncoder::new_argument_encoder, "index"_a,
           "An encoder for the argument buffers that the pointer at `index` leads to.")
      .def("__repr__", [](const ArgumentEncoder& self) {
        return object_text("ArgumentEncoder", self.label(), std::to_string(self.encoded_length()) + " bytes");
      });
  bind_label(encoder);
}

}  // namespace pymetal::python
