// What threads do with memory that is not theirs: found, noted, and made harmless.
#pragma once

#include <cstdint>
#include <string>

#include "backend/checked/frame_slab.h"
#include "backend/checked/thread_state.h"
#include "backend/checked/thread_symbols.h"
#include "pymetal/reflection.h"

namespace pymetal::backend::checked {

/// More than any single access takes; longer ones, which copy, are cut to nothing.
inline constexpr std::size_t kSpareBytes = 256;

/// The first bad access that a worker sees. One for each worker of a dispatch; code of kernels finds that of its thread
/// of the host.
class AccessReport {
 public:
  explicit AccessReport(const FrameSlab& frames);
  ~AccessReport();
  AccessReport(const AccessReport&) = delete;
  AccessReport& operator=(const AccessReport&) = delete;

  static AccessReport* current();

  /// Notes the access where it is the first.
  void note(const ThreadState& thread, AccessTarget target, std::uint32_t index, bool writes, std::uint64_t offset,
            std::uint64_t size);
  /// Whether all of these bytes belong to something that a thread may reach by an address.
  bool may_access(const ThreadState& thread, std::uint64_t address, std::uint64_t size) const;

  /// Throws AccessError where there was one.
  void require_none(const std::string& function, const ComputePipelineReflection& reflection) const;

  /// Where bad accesses write.
  std::byte* lost() { return lost_; }

 private:
  const FrameSlab& frames_;
  AccessReport* outer_;
  bool is_found_ = false;
  AccessTarget target_{};
  std::uint32_t index_ = 0;
  bool writes_ = false;
  std::uint64_t offset_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t length_ = 0;
  Extent position_{};
  alignas(kSpareBytes) std::byte lost_[kSpareBytes];
};

/// See thread_symbols.h.
extern "C" void* pymetal_bad_access(ThreadState* thread, std::uint32_t target, std::uint32_t index,
                                    std::uint32_t writes, std::uint64_t offset, std::uint64_t size);
extern "C" bool pymetal_may_access(ThreadState* thread, std::uint64_t address, std::uint64_t size);

}  // namespace pymetal::backend::checked
