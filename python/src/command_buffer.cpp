// Command buffers.
#include "bindings.h"
#include "callback.h"
#include "waiting.h"

namespace pymetal::python {
namespace {

/// A handler that holds its command buffer is a cycle, which Python's collector must be able to see: as long as nobody
/// but the Python object owns the command buffer.
int traverse(PyObject* self, visitproc visit, void* arg) {
#if PY_VERSION_HEX >= 0x03090000
  Py_VISIT(Py_TYPE(self));
#endif
  if (!nb::inst_ready(self)) return 0;
  const CommandBuffer* buffer = nb::inst_ptr<CommandBuffer>(self);
  if (buffer->weak_from_this().use_count() != 1) return 0;
  int result = 0;
  buffer->visit_handlers([&](const CommandBufferHandler& handler) {
    const auto* callback = handler.target<Callback>();
    if (callback != nullptr && result == 0) result = visit(callback->function(), arg);
  });
  return result;
}

int clear(PyObject* self) {
  if (nb::inst_ready(self)) nb::inst_ptr<CommandBuffer>(self)->drop_handlers();
  return 0;
}

PyType_Slot collector_slots[] = {
    {Py_tp_traverse, reinterpret_cast<void*>(&traverse)}, {Py_tp_clear, reinterpret_cast<void*>(&clear)}, {0, nullptr}};

using Wait = bool (CommandBuffer::*)(std::chrono::nanoseconds);
constexpr Wait kWaitUntilCompleted = &CommandBuffer::wait_until_completed;
constexpr Wait kWaitUntilScheduled = &CommandBuffer::wait_until_scheduled;

bool wait(CommandBuffer& buffer, Wait wait_for, std::optional<double> timeout) {
  return wait_interruptibly(
      timeout, [&](std::chrono::nanoseconds time) { return (buffer.*wait_for)(time); }, [&] { return buffer.name(); });
}

nb::object call_module_function(const char* name, nb::handle argument) {
  return nb::module_::import_("pymetal._futures").attr(name)(argument);
}

/// `with queue.command_buffer() as commands:` commits, unless an exception ends it.
void leave_with(CommandBuffer& buffer, nb::handle exception_type) {
  if (!exception_type.is_none()) return buffer.give_up();
  if (buffer.status() < CommandBufferStatus::Committed) {
    const GilRelease release;
    buffer.commit();
  }
}

}  // namespace

void bind_command_buffer(nb::module_& module) {
  nb::class_<CommandBufferFailure>(module, "CommandBufferFailure", "Why a command buffer failed.")
      .def_ro("kind", &CommandBufferFailure::kind)
      .def_ro("message", &CommandBufferFailure::message)
      .def("__str__", [](const CommandBufferFailure& self) { return self.message; });

  nb::class_<CommandBuffer> type(
      module, "CommandBuffer", nb::type_slots(collector_slots), nb::is_weak_referenceable(),
      "A list of commands that a queue runs as one. Encoding belongs to one thread at a time: a call\n"
      "from another while an encoder is open raises ThreadingError. `commit`, the waits, `status`, `error`,\n"
      "the handlers and `label` may be used from any thread.\n\n"
      "`with queue.command_buffer() as commands:` commits at its end, unless an exception ends it.");
  type.def_prop_ro("device", &CommandBuffer::device)
      .def_prop_ro("command_queue", &CommandBuffer::command_queue)
      .def_prop_ro("retained_references", &CommandBuffer::retained_references,
                   "The resources that its commands name live until they have run.")
      .def_prop_ro("status", &CommandBuffer::status)
      .def_prop_ro("error", &CommandBuffer::error, "Set when the status is Error, None otherwise.")
      .def("compute_command_encoder", &CommandBuffer::compute_command_encoder, "dispatch_type"_a = DispatchType::Serial,
           nb::sig("def compute_command_encoder(self, dispatch_type: DispatchType = ...) -> "
                   "ComputeCommandEncoder"),
           "Begins to encode dispatches. Those of a concurrent encoder may run at the same time, save where a\n"
           "`memory_barrier` stands between them.\n\n"
           "Raises ValidationError while another encoder is open and after `commit()`, ThreadingError while\n"
           "another thread has one open.")
      .def("compute_command_encoder_with_dispatch_type", &CommandBuffer::compute_command_encoder, "dispatch_type"_a,
           "The same, by Metal's other name.")
      .def("blit_command_encoder", &CommandBuffer::blit_command_encoder,
           "Begins to encode copies.\n\nRaises ValidationError while another encoder is open and after `commit()`,\n"
           "ThreadingError while another thread has one open.")
      .def("encode_signal_event", &CommandBuffer::encode_signal_event, "event"_a, "value"_a,
           "The event takes the value once all commands before it, in this queue, have run.")
      .def("encode_wait_for_event", &CommandBuffer::encode_wait_for_event, "event"_a, "value"_a,
           "Commands after it, in this queue, begin once the event has reached the value.")
      .def(
          "add_scheduled_handler",
          [](CommandBuffer& self, nb::callable handler) { self.add_scheduled_handler(Callback(std::move(handler))); },
          "handler"_a,
          nb::sig(
              "def add_scheduled_handler(self, handler: collections.abc.Callable[[CommandBuffer], object]) -> None"),
          "Calls `handler(command_buffer)` when the queue begins the commands.\n\n"
          "Handlers run one after another, in order, on a thread of their own. What they raise goes to\n"
          "`sys.unraisablehook`. Raises ValidationError after `commit()`.")
      .def(
          "add_completed_handler",
          [](CommandBuffer& self, nb::callable handler) { self.add_completed_handler(Callback(std::move(handler))); },
          "handler"_a,
          nb::sig(
              "def add_completed_handler(self, handler: collections.abc.Callable[[CommandBuffer], object]) -> None"),
          "Calls `handler(command_buffer)` when the commands have run or failed.\n\n"
          "See `add_scheduled_handler`.")
      .def(
          "when_completed",
          [](CommandBuffer& self, nb::callable handler) { self.when_completed(Callback(std::move(handler))); },
          "handler"_a,
          nb::sig("def when_completed(self, handler: collections.abc.Callable[[CommandBuffer], object]) -> None"),
          "Like `add_completed_handler`, and allowed at any time.")
      .def("enqueue", &CommandBuffer::enqueue, "Takes its place in the queue's order before it is committed.")
      .def("commit", &CommandBuffer::commit, nb::call_guard<GilRelease>(),
           "Hands the commands to the queue and returns at once.\n\n"
           "Raises ValidationError while an encoder is open, and when called twice.")
      .def(
          "wait_until_completed",
          [](CommandBuffer& self, std::optional<double> timeout) { return wait(self, kWaitUntilCompleted, timeout); },
          "timeout"_a.none() = nb::none(),
          "Blocks until the commands have run or failed, at most `timeout` seconds; returns whether they have.\n\n"
          "Other Python threads run meanwhile, and Ctrl-C interrupts. A failure is in `error`. Raises\n"
          "ValidationError before `commit()`, MetalError when PYMETAL_WAIT_TIMEOUT passes.")
      .def(
          "wait_until_scheduled",
          [](CommandBuffer& self, std::optional<double> timeout) { return wait(self, kWaitUntilScheduled, timeout); },
          "timeout"_a.none() = nb::none(),
          "Blocks until the queue begins the commands, at most `timeout` seconds; returns whether it has.\n\n"
          "See `wait_until_completed`.")
      .def(
          "future", [](nb::handle_t<CommandBuffer> self) { return call_module_function("future_of", self); },
          nb::sig("def future(self) -> concurrent.futures.Future[CommandBuffer]"),
          "A future of the completed command buffer; it raises MetalError where the commands fail.")
      .def(
          "completed", [](nb::handle_t<CommandBuffer> self) { return call_module_function("completion_of", self); },
          nb::sig("def completed(self) -> asyncio.Future[CommandBuffer]"),
          "A future of the running asyncio loop, like `future()`. `await command_buffer` awaits it.")
      .def(
          "__await__",
          [](nb::handle_t<CommandBuffer> self) {
            return call_module_function("completion_of", self).attr("__await__")();
          },
          nb::sig("def __await__(self) -> collections.abc.Generator[typing.Any, None, CommandBuffer]"))
      .def(
          "__enter__", [](nb::handle_t<CommandBuffer> self) { return nb::borrow(self); },
          nb::sig("def __enter__(self) -> CommandBuffer"))
      .def(
          "__exit__", [](CommandBuffer& self, nb::handle type, nb::handle, nb::handle) { leave_with(self, type); },
          "type"_a.none(), "value"_a.none(), "traceback"_a.none(),
          nb::sig("def __exit__(self, type: object, value: object, traceback: object) -> None"))
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
