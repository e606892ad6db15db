// Orders encoders of one queue.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "pymetal/export.h"
#include "pymetal/labeled.h"
#include "pymetal/object.h"

namespace pymetal {

class CommandQueue;
class Device;

/// An encoder that waits for a fence runs after every earlier encoder of its queue that updates it, whatever their
/// resources are. Waiting for a fence that nothing has updated is no wait. May be used from any thread.
class PYMETAL_EXPORT Fence : public Labeled, public Object<Fence> {
 public:
  explicit Fence(std::shared_ptr<Device> device);
  ~Fence();

  const std::shared_ptr<Device>& device() const { return device_; }
  /// "Fence 'shadows'".
  std::string name() const { return describe("Fence"); }

 private:
  friend class CommandEncoder;

  std::shared_ptr<Device> device_;
  /// The queue whose encoder updated it last; only compared.
  std::atomic<const CommandQueue*> queue_{nullptr};
};

}  // namespace pymetal
