// Fences, events and shared events.
#include <nanobind/stl/array.h>

#include "bindings.h"
#include "callback.h"
#include "waiting.h"

namespace pymetal::python {
namespace {

bool wait_until_signaled(SharedEvent& event, std::uint64_t value, std::optional<double> timeout_ms) {
  std::optional<double> seconds;
  if (timeout_ms) seconds = *timeout_ms / 1000;
  return wait_interruptibly(
      seconds, [&](std::chrono::nanoseconds time) { return event.wait_until_signaled(value, time); },
      [&] { return event.name(); });
}

void bind_shared_event(nb::module_& module) {
  nb::class_<SharedEventHandle>(module, "SharedEventHandle",
                                "Names a shared event to another process of the same user on the same machine, while\n"
                                "the process that made the handle runs and holds the event. Can be pickled.")
      .def(nb::init<std::int32_t, std::int32_t, std::array<std::uint64_t, 2>, std::string>(), "process"_a,
           "descriptor"_a, "identity"_a, "label"_a)
      .def_ro("label", &SharedEventHandle::label)
      .def(
          "__reduce__",
          [](const SharedEventHandle& self) {
            return nb::make_tuple(nb::type<SharedEventHandle>(),
                                  nb::make_tuple(self.process, self.descriptor, self.identity, self.label));
          },
          nb::sig("def __reduce__(self) -> tuple[typing.Any, ...]"));

  nb::class_<SharedEventListener>(module, "SharedEventListener", nb::is_weak_referenceable(),
                                  "A thread on which notifications run, one after another.")
      .def(nb::new_([] { return std::make_shared<SharedEventListener>(); }));

  nb::class_<SharedEvent, Event>(module, "SharedEvent", nb::is_weak_referenceable(),
                                 "An event that the host, and other processes, read and signal.")
      .def_prop_rw("signaled_value", &SharedEvent::signaled_value, &SharedEvent::set_signaled_value,
                   "The value; setting it signals. Raises ValidationError for a value below the present one.")
      .def("wait_until_signaled", &wait_until_signaled, "value"_a, "timeout_ms"_a.none() = nb::none(),
           "Blocks until the value is reached, at most `timeout_ms` milliseconds; returns whether it is.\n\n"
           "Other Python threads run meanwhile, and Ctrl-C interrupts. Raises MetalError when\n"
           "PYMETAL_WAIT_TIMEOUT passes.")
      .def(
          "notify_listener",
          [](SharedEvent& self, const std::shared_ptr<SharedEventListener>& listener, std::uint64_t value,
             nb::callable handler) { self.notify_listener(listener, value, Callback(std::move(handler))); },
          "listener"_a.none(), "value"_a, "handler"_a,
          nb::sig("def notify_listener(self, listener: SharedEventListener | None, value: int, "
                  "handler: collections.abc.Callable[[SharedEvent | None, int], object]) -> None"),
          "Calls `handler(event, value)` on the listener's thread (None: one that all share) once the value is\n"
          "reached, whoever signals it. Notifications that are not due when the event is released never run.")
      .def("new_shared_event_handle", &SharedEvent::new_shared_event_handle,
           "A handle for `Device.new_shared_event_with_handle` in another process.");
}

}  // namespace

void bind_events(nb::module_& module) {
  nb::class_<Fence> fence(
      module, "Fence", nb::is_weak_referenceable(),
      "Orders encoders of one queue: an encoder that waits for it runs after the earlier ones that\n"
      "update it, whatever their resources are.");
  fence.def_prop_ro("device", &Fence::device).def("__repr__", [](const Fence& self) {
    return object_text("Fence", self.label(), "");
  });
  bind_label(fence);

  nb::class_<Event> event(module, "Event", nb::is_weak_referenceable(),
                          "Orders command buffers of different queues. Its value begins at 0 and only grows.");
  event.def_prop_ro("device", &Event::device).def("__repr__", [](const Event& self) {
    return object_text(self.is_shared() ? "SharedEvent" : "Event", self.label(), "");
  });
  bind_label(event);
  bind_shared_event(module);
}

}  // namespace pymetal::python
