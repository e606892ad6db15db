// The messages of shaders, as Python receives them.
#include "bindings.h"
#include "callback.h"

namespace pymetal::python {
namespace {

/// Hands the message to Python's logging. Once the interpreter ends, it goes to stderr: none is lost.
void log_in_python(const LogMessage& message) {
  const InterpreterAccess access;
  if (!access) {
    write_log_message(message);
    return;
  }
  try {
    nb::module_::import_("pymetal._logging").attr("deliver")(message);
  } catch (nb::python_error& error) {
    error.discard_as_unraisable("a message of a shader");
  } catch (abi::__forced_unwind&) {
    // The interpreter has ended while it logged, and Python kills the thread.
    park();
  }
}

}  // namespace

void bind_log(nb::module_& module) {
  nb::class_<LogMessage>(module, "LogMessage", "One message that a shader has written with os_log.")
      .def_ro("level", &LogMessage::level)
      .def_ro("subsystem", &LogMessage::subsystem, "That of the `os_log` object; empty for `os_log_default`.")
      .def_ro("category", &LogMessage::category, "That of the `os_log` object; empty for `os_log_default`.")
      .def_ro("text", &LogMessage::text)
      .def("__repr__", [](const LogMessage& m) { return object_text("LogMessage", m.subsystem, m.text); });

  set_log_handler(&log_in_python);
  module.def(
      "set_log_handler",
      [](std::optional<nb::callable> handler) {
        LogHandler next = &log_in_python;
        if (handler)
          next = [callback = Callback(*handler)](const LogMessage& message) {
            const InterpreterAccess access;
            access ? callback(message) : write_log_message(message);
          };
        const GilRelease release;
        set_log_handler(std::move(next));
      },
      "handler"_a.none(),
      nb::sig("def set_log_handler(handler: collections.abc.Callable[[LogMessage], object] | None) -> None"),
      "Sets what receives the messages of shaders; None restores the default, Python's `logging`.\n\n"
      "It is called on the threads that run the kernels, before the command buffer completes, and must\n"
      "not wait for one. An exception that it raises goes to `sys.unraisablehook`.");
}

}  // namespace pymetal::python
