// Memory that kernels read and write.
#pragma once

#include <atomic>
#include <memory>

#include "pymetal/enums.h"
#include "pymetal/export.h"
#include "pymetal/geometry.h"
#include "pymetal/labeled.h"
#include "pymetal/object.h"

namespace pymetal {

namespace backend {
class Memory;
}
class Device;

/// The object may be used from any thread; its contents are not synchronised: between `commit()` and completion they
/// belong to the commands that use them.
class PYMETAL_EXPORT Buffer : public Labeled, public Object<Buffer> {
 public:
  Buffer(std::shared_ptr<Device> device, std::shared_ptr<backend::Memory> memory, ResourceOptions options);
  ~Buffer();

  const std::shared_ptr<Device>& device() const { return device_; }
  /// Bytes.
  std::uint64_t length() const;
  /// The address that kernels see.
  std::uint64_t gpu_address() const;
  StorageMode storage_mode() const;
  /// Tracked, or Untracked: then only fences and events order the passes that use it.
  HazardTrackingMode hazard_tracking_mode() const;
  ResourceOptions resource_options() const { return options_; }
  /// "Buffer 'weights'".
  std::string name() const { return describe("Buffer"); }
  /// The first byte; valid while the buffer lives. Throws ValidationError for private storage.
  void* contents() const;
  /// Tells that the host wrote to bytes of a managed buffer. Throws ValidationError for a range beyond its end.
  void did_modify_range(Range range);

  const std::shared_ptr<backend::Memory>& memory() const { return memory_; }

 private:
  std::shared_ptr<Device> device_;
  std::shared_ptr<backend::Memory> memory_;
  ResourceOptions options_;
};

}  // namespace pymetal
