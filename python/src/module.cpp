// The Python module.
#include "bindings.h"
#include "callback.h"

NB_MODULE(_core, module) {
  using namespace pymetal::python;
  // Threads of PyMetal call back into the interpreter that loaded it, and there can be only one such.
  if (PyInterpreterState_GetID(PyInterpreterState_Get()) != 0)
    throw nb::import_error("PyMetal runs in the main interpreter only; a subinterpreter cannot import it.");
  module.doc() = "The compiled part of PyMetal.";
  // Work that is in flight when the interpreter ends keeps its objects; that is no leak.
  nb::set_leak_warnings(false);
  module.attr("__version__") = PYMETAL_VERSION;
  bind_errors(module);
  bind_enums(module);
  bind_geometry(module);
  bind_argument_types(module);
  bind_reflection(module);
  bind_function_constant_values(module);
  bind_device(module);
  bind_argument_encoder(module);
  bind_buffer(module);
  bind_library(module);
  bind_events(module);
  bind_command_queue(module);
  bind_command_buffer(module);
  bind_encoders(module);
  bind_hazards(module);
  bind_log(module);

  // The work that is in flight goes on or ends with the process; only Python may no longer be called.
  module.def("close_interpreter", &close_interpreter,
             "Ends the calls of other threads into the interpreter; runs at exit.");
  nb::module_::import_("atexit").attr("register")(module.attr("close_interpreter"));

  module.def(
      "live_objects",
      [] {
        return std::map<std::string, std::int64_t>{
            {"Device", pymetal::Device::live_objects()},
            {"Buffer", pymetal::Buffer::live_objects()},
            {"ArgumentEncoder", pymetal::ArgumentEncoder::live_objects()},
            {"Library", pymetal::Library::live_objects()},
            {"Function", pymetal::Function::live_objects()},
            {"ComputePipelineState", pymetal::ComputePipelineState::live_objects()},
            {"Fence", pymetal::Fence::live_objects()},
            {"Event", pymetal::Event::live_objects()},
            {"SharedEventListener", pymetal::SharedEventListener::live_objects()},
            {"CommandQueue", pymetal::CommandQueue::live_objects()},
            {"CommandBuffer", pymetal::CommandBuffer::live_objects()},
            {"ComputeCommandEncoder", pymetal::ComputeCommandEncoder::live_objects()},
            {"BlitCommandEncoder", pymetal::BlitCommandEncoder::live_objects()},
        };
      },
      "The number of living C++ objects, by class. For tests that look for leaks.");
}
