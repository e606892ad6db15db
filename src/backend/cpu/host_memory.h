// Memory of the host: what every storage mode is on a CPU.
#pragma once

#include <optional>

#include "backend/backend.h"
#include "backend/cpu/live_memory.h"

namespace pymetal::backend::cpu {

/// Bytes.
std::uint64_t round_up_to_pages(std::uint64_t length);

/// Starts at a page, and is zero-filled.
class HostMemory final : public Memory {
 public:
  /// Throws ResourceError.
  explicit HostMemory(std::uint64_t length);
  ~HostMemory() override;
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  std::uint64_t length() const override { return length_; }
  std::uint64_t device_address() const override { return reinterpret_cast<std::uintptr_t>(address_); }
  void* host_pointer() const override { return address_; }

 private:
  std::uint64_t length_;
  std::uint64_t mapped_length_;
  void* address_;
  std::optional<LiveMemory> live_;
};

}  // namespace pymetal::backend::cpu
