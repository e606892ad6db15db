// Memory that kernels read and write.
#include "pymetal/buffer.h"

#include "api/hazard_guard.h"
#include "api/range.h"
#include "backend/backend.h"
#include "pymetal/device.h"

namespace pymetal {

Buffer::Buffer(std::shared_ptr<Device> device, std::shared_ptr<backend::Memory> memory, ResourceOptions options)
    : device_(std::move(device)), memory_(std::move(memory)), options_(options) {
  device_->allocated_->fetch_add(memory_->length(), std::memory_order_relaxed);
  hazard_guard::watch(*this);
}

Buffer::~Buffer() {
  hazard_guard::forget(*this);
  device_->allocated_->fetch_sub(memory_->length(), std::memory_order_relaxed);
}

std::uint64_t Buffer::length() const { return memory_->length(); }
std::uint64_t Buffer::gpu_address() const { return memory_->device_address(); }
StorageMode Buffer::storage_mode() const {
  return static_cast<StorageMode>(static_cast<std::uint32_t>(options_) >> 4 & 0xf);
}
HazardTrackingMode Buffer::hazard_tracking_mode() const {
  const auto mode = static_cast<HazardTrackingMode>(static_cast<std::uint32_t>(options_) >> 8 & 0x3);
  return mode == HazardTrackingMode::Untracked ? mode : HazardTrackingMode::Tracked;
}

void* Buffer::contents() const {
  hazard_guard::throw_pending();
  if (storage_mode() == StorageMode::Private)
    throw ValidationError(name() +
                          " has private storage, whose contents the host cannot reach; copy it to a shared buffer.");
  return memory_->host_pointer();
}

void Buffer::did_modify_range(Range range) {
  if (!lies_within(range, length()))
    throw ValidationError(name() + " has " + std::to_string(length()) + " bytes, and the range (" + to_string(range) +
                          ") goes beyond them.");
}

}  // namespace pymetal
