// The device that every machine has: its CPU.
#pragma once

#include "backend/backend.h"

namespace pymetal::backend::cpu {

class CpuBackend final : public Backend {
 public:
  CpuBackend();
  const DeviceInfo& info() const override { return info_; }
  std::shared_ptr<Memory> allocate(std::uint64_t length, StorageMode mode, bool is_guarded) override;
  std::shared_ptr<const CompiledLibrary> compile_library(const LibrarySource& source) override;
  std::shared_ptr<const CompiledComputePipeline> make_compute_pipeline(
      const CompiledLibrary& library, std::string_view function, const FunctionConstantValues& constants) override;
  std::optional<std::chrono::nanoseconds> longest_time(const Command& command) const override;
  void execute(const Command& command) override;

 private:
  DeviceInfo info_;
};

}  // namespace pymetal::backend::cpu
