// Libraries, functions and compute pipeline states.
#include "bindings.h"
#include "interpreter.h"

namespace pymetal::python {
namespace {

std::string quoted(const std::string& name) { return "'" + name + "'"; }

}  // namespace

void bind_library(nb::module_& module) {
  nb::class_<Library> library(module, "Library", nb::is_weak_referenceable(),
                              "Compiled MSL. May be used from any thread.");
  library.def_prop_ro("device", &Library::device)
      .def_prop_ro("function_names", &Library::function_names)
      .def_prop_ro("warnings", &Library::warnings,
                   "What the compiler warned of; functions that are deferred add theirs when they are first asked for.")
      .def(
          "new_function",
          // The values by value: another thread may change them meanwhile.
          [](Library& self, const std::string& name, FunctionConstantValues values) {
            const GilRelease release;
            return self.new_function(name, values);
          },
          "name"_a, nb::arg("constant_values").lock() = FunctionConstantValues(),
          nb::sig("def new_function(self, name: str, constant_values: FunctionConstantValues = ...) -> Function"),
          "The function of that name, with values for its function constants.\n\n"
          "Raises ResourceError, which names similar functions, where there is none, ValidationError where a\n"
          "constant that it needs has no value, and CompileError where its compilation was deferred and fails now.")
      .def("__repr__", [](const Library& self) {
        return object_text("Library", self.label(), std::to_string(self.function_names().size()) + " functions");
      });
  bind_label(library);

  nb::class_<Function> function(module, "Function", nb::is_weak_referenceable(),
                                "One entry point of a library. Immutable; may be used from any thread.");
  function.def_prop_ro("name", &Function::name)
      .def_prop_ro("function_type", &Function::function_type)
      .def_prop_ro("device", &Function::device)
      .def_prop_ro("function_constants_dictionary", &Function::function_constants_dictionary,
                   "The function constants that it may use, by name.")
      .def("new_argument_encoder", &Function::new_argument_encoder, "buffer_index"_a,
           "An encoder for the argument buffers of the argument at a buffer index.\n\n"
           "Raises ValidationError where there is none, or none that leads to a struct.")
      .def("__repr__", [](const Function& self) { return object_text("Function", "", quoted(self.name())); });
  bind_label(function);

  nb::class_<ComputePipelineState> pipeline(module, "ComputePipelineState", nb::is_weak_referenceable(),
                                            "A kernel that is ready to run. Immutable; may be used from any thread.");
  pipeline.def_prop_ro("device", &ComputePipelineState::device)
      .def_prop_ro("max_total_threads_per_threadgroup", &ComputePipelineState::max_total_threads_per_threadgroup)
      .def_prop_ro("thread_group_size_is_multiple_of_thread_execution_width",
                   &ComputePipelineState::thread_group_size_is_multiple_of_thread_execution_width)
      .def_prop_ro("thread_execution_width", &ComputePipelineState::thread_execution_width, "Threads of a simdgroup.")
      .def_prop_ro("static_threadgroup_memory_length", &ComputePipelineState::static_threadgroup_memory_length,
                   "Bytes that the kernel's own threadgroup variables take.")
      .def_prop_ro("reflection", &ComputePipelineState::reflection, nb::rv_policy::reference_internal)
      .def("__repr__", [](const ComputePipelineState& self) {
        return object_text("ComputePipelineState", self.label(), "of " + quoted(self.function_name()));
      });
  bind_label(pipeline);
}

}  // namespace pymetal::python
