// An event that the host, and other processes, read and signal.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "pymetal/event.h"

namespace pymetal {

namespace support {
class SerialThread;
}

/// Names a shared event to another process of the same user on the same machine, while the process that made the handle
/// runs and holds the event.
struct SharedEventHandle {
  std::int32_t process = 0;
  std::int32_t descriptor = 0;
  /// Tells the event from any other that a descriptor of that number may name one day.
  std::array<std::uint64_t, 2> identity{};
  std::string label;
};

/// A thread on which notifications run, one after another.
class PYMETAL_EXPORT SharedEventListener : public Object<SharedEventListener> {
 public:
  SharedEventListener();
  ~SharedEventListener();

  /// The listener for those who bring none.
  static const std::shared_ptr<SharedEventListener>& shared();

  support::SerialThread& thread() const { return *thread_; }

 private:
  std::unique_ptr<support::SerialThread> thread_;
};

class SharedEventMemory;
class SharedEventWatch;

class PYMETAL_EXPORT SharedEvent : public Event {
 public:
  /// Called with the event, or null where it is gone, and the value that was asked for.
  using Notification = std::function<void(const std::shared_ptr<SharedEvent>&, std::uint64_t)>;

  /// Throws ResourceError where the machine has no memory to share.
  explicit SharedEvent(std::shared_ptr<Device> device);
  /// Opens the event of a handle. Throws ResourceError where it is gone, or belongs to another user.
  SharedEvent(std::shared_ptr<Device> device, const SharedEventHandle& handle);
  ~SharedEvent() override;

  bool is_shared() const override { return true; }
  std::uint64_t signaled_value() const;
  /// Signals. Throws ValidationError for a value below the present one.
  void set_signaled_value(std::uint64_t value);
  /// Blocks until the value is reached; returns false where the time runs out first.
  bool wait_until_signaled(std::uint64_t value, std::chrono::nanoseconds timeout) const;
  /// Runs the notification on the listener's thread (null: the shared one) once the value is reached, whoever signals
  /// it. Notifications that are not due when the event is released never run.
  void notify_listener(const std::shared_ptr<SharedEventListener>& listener, std::uint64_t value,
                       Notification notification);
  SharedEventHandle new_shared_event_handle() const;

 private:
  SharedEvent(std::shared_ptr<Device> device, std::shared_ptr<SharedEventMemory> memory);

  std::shared_ptr<SharedEventMemory> memory_;
  std::shared_ptr<SharedEventWatch> watch_;
};

}  // namespace pymetal
