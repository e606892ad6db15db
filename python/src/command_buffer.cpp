// Command buffers.
#include "bindings.h"

namespace pymetal::python {
namespace {

/// How often a wait looks for Ctrl-C.
constexpr std::chrono::milliseconds kSignalInterval(50);

/// Waits without the GIL, and lets Python's signal handlers run now and then.
void wait(CommandBuffer& buffer, bool (CommandBuffer::*wait_for)(std::chrono::nanoseconds)) {
  for (;;) {
    bool is_over = false;
    {
      const nb::gil_scoped_release release;
      is_over = (buffer.*wait_for)(kSignalInterval);
    }
    if (is_over) return;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
}

}  // namespace

void bind_command_buffer(nb::module_& module) {
  nb::class_<CommandBufferFailure>(module, "CommandBufferFailure", "Why a command buffer failed.")
      .def_ro("kind", &CommandBufferFailure::kind)
      .def_ro("message", &CommandBufferFailure::message)
      .def("__str__", [](const CommandBufferFailure& self) { return self.message; });

  nb::class_<CommandBuffer> type(module, "CommandBuffer", nb::is_weak_referenceable(),
                                 "A list of commands that a queue runs as one. Encoding belongs to one thread at a\n"
                                 "time; `commit`, the waits, `status`, `error` and `label` to any.");
  type.def_prop_ro("device", &CommandBuffer::device)
      .def_prop_ro("command_queue", &CommandBuffer::command_queue)
      .def_prop_ro("status", &CommandBuffer::status)
      .def_prop_ro("error", &CommandBuffer::error, "Set when the status is Error, None otherwise.")
      .def("compute_command_encoder", &CommandBuffer::compute_command_encoder,
           "Begins to encode dispatches.\n\nRaises ValidationError while another encoder is open and after `commit()`.")
      .def("blit_command_encoder", &CommandBuffer::blit_command_encoder,
           "Begins to encode copies.\n\nRaises ValidationError while another encoder is open and after `commit()`.")
      .def("enqueue", &CommandBuffer::enqueue, "Takes its place in the queue's order before it is committed.")
      .def("commit", &CommandBuffer::commit, nb::call_guard<nb::gil_scoped_release>(),
           "Hands the commands to the queue and returns at once.\n\n"
           "Raises ValidationError while an encoder is open, and when called twice.")
      .def(
          "wait_until_completed",
          [](CommandBuffer& self) {
            wait(self,
                 static_cast<bool (CommandBuffer::*)(std::chrono::nanoseconds)>(&CommandBuffer::wait_until_completed));
          },
          "Blocks until the commands have run. Other Python threads run meanwhile, and Ctrl-C interrupts.\n\n"
          "Raises ValidationError before `commit()`. A failure is in `error`.")
      .def(
          "wait_until_scheduled",
          [](CommandBuffer& self) {
            wait(self,
                 static_cast<bool (CommandBuffer::*)(std::chrono::nanoseconds)>(&CommandBuffer::wait_until_scheduled));
          },
          "Blocks until the queue begins to run the commands.\n\nRaises ValidationError before `commit()`.")
      .def_prop_ro("kernel_start_time", &CommandBuffer::kernel_start_time,
                   "Seconds on a monotonic clock; 0 until known.")
      .def_prop_ro("kernel_end_time", &CommandBuffer::kernel_end_time, "Seconds on a monotonic clock; 0 until known.")
      .def_prop_ro("gpu_start_time", &CommandBuffer::gpu_start_time, "Seconds on a monotonic clock; 0 until known.")
      .def_prop_ro("gpu_end_time", &CommandBuffer::gpu_end_time, "Seconds on a monotonic clock; 0 until known.")
      .def("push_debug_group", &CommandBuffer::push_debug_group, "name"_a)
      .def("pop_debug_group", &CommandBuffer::pop_debug_group)
      .def("__repr__", [](const CommandBuffer& self) { return object_text("CommandBuffer", self.label(), ""); });
  bind_label(type);
}

}  // namespace pymetal::python
