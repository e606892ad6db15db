// An event that the host, and other processes, read and signal.
#include "pymetal/shared_event.h"

#include <algorithm>

#include "api/shared_event_memory.h"
#include "api/shared_event_watch.h"
#include "pymetal/device.h"
#include "support/serial_thread.h"

namespace pymetal {

SharedEventListener::SharedEventListener() : thread_(std::make_unique<support::SerialThread>("pymetal-listen")) {}
SharedEventListener::~SharedEventListener() = default;

const std::shared_ptr<SharedEventListener>& SharedEventListener::shared() {
  // Never destroyed: notifications may run until the process ends.
  static auto* listener = new std::shared_ptr<SharedEventListener>(std::make_shared<SharedEventListener>());
  return *listener;
}

SharedEvent::SharedEvent(std::shared_ptr<Device> device)
    : SharedEvent(std::move(device), std::make_shared<SharedEventMemory>()) {}

SharedEvent::SharedEvent(std::shared_ptr<Device> device, const SharedEventHandle& handle)
    : SharedEvent(std::move(device), std::make_shared<SharedEventMemory>(handle)) {
  set_label(handle.label);
}

SharedEvent::SharedEvent(std::shared_ptr<Device> device, std::shared_ptr<SharedEventMemory> memory)
    : Event(std::move(device), std::shared_ptr<support::Timeline>(memory, &memory->timeline())),
      memory_(std::move(memory)),
      watch_(std::make_shared<SharedEventWatch>(memory_)) {}

SharedEvent::~SharedEvent() { watch_->close(); }

std::uint64_t SharedEvent::signaled_value() const { return timeline().value(); }

void SharedEvent::set_signaled_value(std::uint64_t value) {
  if (!timeline().advance(value))
    throw ValidationError(name() + " has the value " + std::to_string(signaled_value()) +
                          ", and values only grow: it cannot be signaled with a lower one (" + std::to_string(value) +
                          ").");
}

bool SharedEvent::wait_until_signaled(std::uint64_t value, std::chrono::nanoseconds timeout) const {
  const support::Deadline begin = std::chrono::steady_clock::now();
  const auto longest = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::hours(24 * 365));
  const support::Deadline deadline = begin + std::clamp(timeout, std::chrono::nanoseconds(0), longest);
  if (timeline().spin(value)) return true;
  while (!timeline().wait(value, deadline))
    if (std::chrono::steady_clock::now() >= deadline) return timeline().value() >= value;
  return true;
}

void SharedEvent::notify_listener(const std::shared_ptr<SharedEventListener>& listener, std::uint64_t value,
                                  Notification notification) {
  if (notification == nullptr) throw ValidationError(name() + " needs a notification (none is given).");
  auto target = listener == nullptr ? SharedEventListener::shared() : listener;
  const std::weak_ptr<Event> event = weak_from_this();
  watch_->add(value, [target = std::move(target), event, value, notification = std::move(notification)] {
    target->thread().post(
        [event, value, notification] { notification(std::static_pointer_cast<SharedEvent>(event.lock()), value); });
  });
}

SharedEventHandle SharedEvent::new_shared_event_handle() const {
  SharedEventHandle handle = memory_->handle();
  handle.label = label();
  return handle;
}

}  // namespace pymetal
