// Orders command buffers of different queues of a device.
#include "pymetal/event.h"

#include "pymetal/device.h"
#include "support/timeline.h"

namespace pymetal {

Event::Event(std::shared_ptr<Device> device) : Event(std::move(device), std::make_shared<support::Timeline>()) {}
Event::Event(std::shared_ptr<Device> device, std::shared_ptr<support::Timeline> timeline)
    : device_(std::move(device)), timeline_(std::move(timeline)) {}
Event::~Event() = default;

}  // namespace pymetal
