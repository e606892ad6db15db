// Memory whose mapping for the host can be closed while commands use it.
#pragma once

#include <optional>

#include "backend/backend.h"
#include "backend/cpu/live_memory.h"

namespace pymetal::backend::cpu {

/// One anonymous file, mapped twice. Unlike other memory it is shared with the children of a fork.
class GuardedMemory final : public Memory {
 public:
  /// Throws ResourceError.
  explicit GuardedMemory(std::uint64_t length);
  ~GuardedMemory() override;
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  std::uint64_t length() const override { return length_; }
  std::uint64_t device_address() const override { return reinterpret_cast<std::uintptr_t>(device_mapping_); }
  void* host_pointer() const override { return host_mapping_; }
  void set_host_access(HostAccess access) override;

 private:
  std::uint64_t length_;
  std::uint64_t mapped_length_;
  void* device_mapping_ = nullptr;
  void* host_mapping_ = nullptr;
  std::optional<LiveMemory> live_;
};

}  // namespace pymetal::backend::cpu
