// Command queues.
#include "bindings.h"
#include "waiting.h"

namespace pymetal::python {
namespace {

std::shared_ptr<CommandBuffer> make_command_buffer(CommandQueue& queue, bool retains_references) {
  for (;;) {
    if (auto buffer = queue.try_command_buffer(retains_references)) return buffer;
    wait_interruptibly(
        std::nullopt, [&](std::chrono::nanoseconds time) { return queue.wait_for_room(time); },
        [&] { return queue.describe_full(); });
  }
}

}  // namespace

void bind_command_queue(nb::module_& module) {
  nb::class_<CommandQueue> type(
      module, "CommandQueue", nb::is_weak_referenceable(),
      "Begins its command buffers in the order of their commits. May be used from any thread.");
  type.def_prop_ro("device", &CommandQueue::device)
      .def_prop_ro("max_command_buffer_count", &CommandQueue::max_command_buffer_count,
                   "Command buffers that may be committed and not complete.")
      .def(
          "command_buffer", [](CommandQueue& self) { return make_command_buffer(self, true); },
          "A new, empty command buffer.\n\n"
          "Blocks while `max_command_buffer_count` are committed and not complete.")
      .def(
          "command_buffer_with_unretained_references",
          [](CommandQueue& self) { return make_command_buffer(self, false); },
          "A command buffer whose resources its caller keeps alive until the commands have run.")
      .def("__repr__", [](const CommandQueue& self) { return object_text("CommandQueue", self.label(), ""); });
  bind_label(type);
}

}  // namespace pymetal::python
