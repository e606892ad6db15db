// Command queues.
#include "bindings.h"

namespace pymetal::python {

void bind_command_queue(nb::module_& module) {
  nb::class_<CommandQueue> type(module, "CommandQueue", nb::is_weak_referenceable(),
                                "Runs its command buffers in the order of their commits. May be used from any thread.");
  type.def_prop_ro("device", &CommandQueue::device)
      .def("command_buffer", &CommandQueue::command_buffer, "A new, empty command buffer.")
      .def("__repr__", [](const CommandQueue& self) { return object_text("CommandQueue", self.label(), ""); });
  bind_label(type);
}

}  // namespace pymetal::python
