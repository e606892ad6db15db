// The types of arguments, down to the members of structs.
#include "bindings.h"

namespace pymetal::python {

void bind_argument_types(nb::module_& module) {
  nb::class_<StructType> structure(module, "StructType", "A struct that an argument, or a part of one, holds.");
  nb::class_<ArrayType> array(module, "ArrayType", "An array that an argument, or a part of one, holds.");
  nb::class_<PointerType> pointer(module, "PointerType", "A pointer or reference, and what it leads to.");

  nb::class_<StructMember>(module, "StructMember", "One member of a struct.")
      .def_prop_ro("name", &StructMember::name)
      .def_prop_ro("offset", &StructMember::offset, "Bytes from the start of the struct.")
      .def_prop_ro("data_type", &StructMember::data_type)
      .def_prop_ro("argument_index", &StructMember::argument_index,
                   "Its `[[id(n)]]`, given or counted; within a nested struct from that struct's first one on.")
      .def_prop_ro("struct_type", &StructMember::struct_type, "None where it is no struct.")
      .def_prop_ro("array_type", &StructMember::array_type, "None where it is no array.")
      .def_prop_ro("pointer_type", &StructMember::pointer_type, "None where it is no pointer.")
      .def("__repr__", [](const StructMember& m) {
        return object_text("StructMember", m.name(), "at " + std::to_string(m.offset()));
      });

  structure.def_prop_ro("data_type", &StructType::data_type)
      .def_prop_ro("name", &StructType::name, "As MSL spells it.")
      .def_prop_ro("members", &StructType::members)
      .def("member_by_name", &StructType::member_by_name, "name"_a, "The member of that name, or None.")
      .def_prop_ro("size", &StructType::size, "Bytes.")
      .def_prop_ro("alignment", &StructType::alignment, "Bytes.")
      .def("__repr__", [](const StructType& t) { return object_text("StructType", t.name(), ""); });

  array.def_prop_ro("data_type", &ArrayType::data_type)
      .def_prop_ro("name", &ArrayType::name, "As MSL spells it.")
      .def_prop_ro("element_type", &ArrayType::element_type)
      .def_prop_ro("array_length", &ArrayType::array_length)
      .def_prop_ro("stride", &ArrayType::stride, "Bytes from one element to the next.")
      .def_prop_ro("argument_index_stride", &ArrayType::argument_index_stride,
                   "Argument indices from one element to the next.")
      .def_prop_ro("element_struct_type", &ArrayType::element_struct_type)
      .def_prop_ro("element_array_type", &ArrayType::element_array_type)
      .def_prop_ro("element_pointer_type", &ArrayType::element_pointer_type)
      .def("__repr__", [](const ArrayType& t) { return object_text("ArrayType", t.name(), ""); });

  pointer.def_prop_ro("data_type", &PointerType::data_type)
      .def_prop_ro("name", &PointerType::name, "As MSL spells it.")
      .def_prop_ro("element_type", &PointerType::element_type)
      .def_prop_ro("access", &PointerType::access)
      .def_prop_ro("alignment", &PointerType::alignment, "Bytes; what it points to lies at a multiple.")
      .def_prop_ro("data_size", &PointerType::data_size, "Bytes of one element.")
      .def_prop_ro("element_is_argument_buffer", &PointerType::element_is_argument_buffer)
      .def_prop_ro("element_struct_type", &PointerType::element_struct_type)
      .def_prop_ro("element_array_type", &PointerType::element_array_type)
      .def_prop_ro("element_pointer_type", &PointerType::element_pointer_type)
      .def("__repr__", [](const PointerType& t) { return object_text("PointerType", t.name(), ""); });
}

}  // namespace pymetal::python
