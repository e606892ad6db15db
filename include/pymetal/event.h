// Orders command buffers of different queues of a device.
#pragma once

#include <cstdint>
#include <memory>

#include "pymetal/export.h"
#include "pymetal/labeled.h"
#include "pymetal/object.h"

namespace pymetal {

namespace support {
class Timeline;
}
class Device;

/// Bears a value that begins at 0 and only grows: command buffers signal values, and wait for them. A signal below the
/// present value has no effect. May be used from any thread.
class PYMETAL_EXPORT Event : public Labeled, public Object<Event> {
 public:
  explicit Event(std::shared_ptr<Device> device);
  virtual ~Event();

  const std::shared_ptr<Device>& device() const { return device_; }
  /// Whether the host, or another process, may signal it.
  virtual bool is_shared() const { return false; }
  /// "Event 'frames'".
  std::string name() const { return describe(is_shared() ? "Shared event" : "Event"); }

  support::Timeline& timeline() const { return *timeline_; }

 protected:
  Event(std::shared_ptr<Device> device, std::shared_ptr<support::Timeline> timeline);

 private:
  std::shared_ptr<Device> device_;
  std::shared_ptr<support::Timeline> timeline_;
};

}  // namespace pymetal
