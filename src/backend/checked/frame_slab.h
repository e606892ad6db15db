// Memory for the coroutines of one threadgroup at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace pymetal::backend::checked {

/// Coroutine frames hold vectors of up to this alignment.
inline constexpr std::size_t kFrameAlignment = 256;

/// Belongs to one worker, which starts all coroutines of a threadgroup before it resumes any.
class FrameSlab {
 public:
  void reset() { used_ = 0; }

  /// Makes room for `count` frames of the size of the first one. Returns null where there is none.
  void* allocate(std::uint64_t size, std::uint64_t count) {
    const std::uint64_t step = (size + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
    if (used_ == 0 && capacity_ < step * count) {
      memory_.reset(
          static_cast<std::byte*>(::operator new[](step* count, std::align_val_t(kFrameAlignment), std::nothrow)));
      capacity_ = memory_ ? step * count : 0;
    }
    if (used_ + step > capacity_) return nullptr;
    void* frame = memory_.get() + used_;
    used_ += step;
    return frame;
  }

  bool contains(std::uint64_t address, std::uint64_t size) const {
    const std::uint64_t offset = address - reinterpret_cast<std::uint64_t>(memory_.get());
    return size <= used_ && offset <= used_ - size;
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const { ::operator delete[](memory, std::align_val_t(kFrameAlignment)); }
  };
  std::unique_ptr<std::byte[], Free> memory_;
  std::uint64_t capacity_ = 0;
  std::uint64_t used_ = 0;
};

}  // namespace pymetal::backend::checked
