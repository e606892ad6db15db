// What functions and pipeline states tell about their arguments, and how libraries are compiled.
#include "bindings.h"

namespace pymetal::python {

void bind_reflection(nb::module_& module) {
  nb::class_<Binding>(module, "Binding", "One argument that a program binds.")
      .def_ro("name", &Binding::name)
      .def_ro("type", &Binding::type, "A buffer, threadgroup memory, a texture or a sampler.")
      .def_ro("index", &Binding::index, "The index in the argument table of its type.")
      .def_ro("access", &Binding::access)
      .def_ro("data_type", &Binding::data_type, "The type that it points or refers to.")
      .def_ro("type_name", &Binding::type_name, "That type, as MSL spells it.")
      .def_ro("data_size", &Binding::data_size, "Bytes of one element.")
      .def_ro("alignment", &Binding::alignment, "Bytes; an offset must be a multiple of it.")
      .def_ro("is_reference", &Binding::is_reference)
      .def_ro("array_length", &Binding::array_length, "Entries that an array of textures or samplers takes; else 1.")
      .def_ro("texture_type", &Binding::texture_type, "The shape of a texture.")
      .def_ro("texture_data_type", &Binding::texture_data_type, "The type of a texture's components.")
      .def_ro("is_depth_texture", &Binding::is_depth_texture)
      .def_ro("is_optional", &Binding::is_optional, "It need not be bound.")
      .def_ro("is_used", &Binding::is_used,
              "The function reads or writes it, for the values of its function constants.")
      .def_ro("is_active", &Binding::is_used, "The same, by its older name.")
      .def_prop_ro("is_argument", [](const Binding&) { return true; })
      .def_prop_ro("struct_type", &Binding::struct_type, "What it leads to, where that is a struct.")
      .def_prop_ro("array_type", &Binding::array_type, "What it leads to, where that is an array.")
      .def_prop_ro("pointer_type", &Binding::pointer_type)
      // Metal's names for the two kinds of memory.
      .def_ro("buffer_data_type", &Binding::data_type)
      .def_ro("buffer_data_size", &Binding::data_size)
      .def_ro("buffer_alignment", &Binding::alignment)
      .def_prop_ro("buffer_struct_type", &Binding::struct_type)
      .def_prop_ro("buffer_pointer_type", &Binding::pointer_type)
      .def_ro("threadgroup_memory_data_size", &Binding::data_size)
      .def_ro("threadgroup_memory_alignment", &Binding::alignment)
      .def("__repr__", [](const Binding& b) {
        return object_text("Binding", b.name, b.type_name + " at index " + std::to_string(b.index));
      });

  nb::class_<FunctionConstant>(module, "FunctionConstant", "One function constant of a function.")
      .def_ro("name", &FunctionConstant::name)
      .def_ro("type", &FunctionConstant::type)
      .def_ro("index", &FunctionConstant::index)
      .def_ro("required", &FunctionConstant::required, "A value must be set.")
      .def("__repr__", [](const FunctionConstant& c) {
        return object_text("FunctionConstant", c.name, "at index " + std::to_string(c.index));
      });

  nb::class_<ComputePipelineReflection>(module, "ComputePipelineReflection", "The arguments of a kernel.")
      .def_ro("bindings", &ComputePipelineReflection::bindings, "What it takes from its argument tables.")
      .def_ro("arguments", &ComputePipelineReflection::bindings, "The same, by its older name.");

  nb::class_<ComputePipelineDescriptor>(module, "ComputePipelineDescriptor",
                                        "What a compute pipeline state is made of.")
      .def(nb::init<>())
      .def_static(
          "compute_pipeline_descriptor", [] { return ComputePipelineDescriptor(); }, "An empty descriptor.")
      .def_rw("label", &ComputePipelineDescriptor::label)
      .def_rw("compute_function", &ComputePipelineDescriptor::compute_function, nb::for_setter(nb::arg().none()))
      .def_rw("thread_group_size_is_multiple_of_thread_execution_width",
              &ComputePipelineDescriptor::thread_group_size_is_multiple_of_thread_execution_width,
              "A promise, which every dispatch is held to.")
      .def_rw("max_total_threads_per_threadgroup", &ComputePipelineDescriptor::max_total_threads_per_threadgroup,
              "A lower limit than the function's own; 0 for none.");

  nb::class_<CompileOptions>(module, "CompileOptions", "How a library is compiled from source.")
      .def(
          "__init__",
          [](CompileOptions* self, std::map<std::string, std::string> macros, MathMode mode, LanguageVersion version,
             bool defer_instantiations) {
            new (self) CompileOptions{std::move(macros), mode, version, defer_instantiations};
          },
          "preprocessor_macros"_a = std::map<std::string, std::string>(), "math_mode"_a = MathMode::Fast,
          "language_version"_a = LanguageVersion::Version3_1, "defer_instantiations"_a = false)
      .def_rw("preprocessor_macros", &CompileOptions::preprocessor_macros, "Macros and their values, as text.")
      .def_rw("math_mode", &CompileOptions::math_mode)
      .def_rw("language_version", &CompileOptions::language_version)
      .def_rw("defer_instantiations", &CompileOptions::defer_instantiations,
              "Leaves the functions that the source instantiates explicitly under a `host_name` for later: each is\n"
              "compiled, and its errors are found, when `new_function` first asks for it.");
}

}  // namespace pymetal::python
