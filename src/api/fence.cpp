// Orders encoders of one queue.
#include "pymetal/fence.h"

#include "pymetal/device.h"

namespace pymetal {

Fence::Fence(std::shared_ptr<Device> device) : device_(std::move(device)) {}
Fence::~Fence() = default;

}  // namespace pymetal
