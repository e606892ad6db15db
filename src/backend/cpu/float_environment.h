// The floating-point environment that kernels run in.
#pragma once

#include <cstdint>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace pymetal::backend::cpu {

/// While it lives, this thread rounds to nearest, keeps subnormals, and traps nothing, whatever the program around has
/// set (threads inherit it from the one that starts them).
class FloatEnvironment {
 public:
  FloatEnvironment() : outer_(get()) {
    if (outer_ != kDefault) set(kDefault);
  }
  ~FloatEnvironment() {
    if (outer_ != kDefault) set(outer_);
  }
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

 private:
#if defined(__x86_64__)
  using Word = unsigned;
  /// All exceptions are masked.
  static constexpr Word kDefault = 0x1f80;
  /// The flags of what has happened so far do not matter.
  static Word get() { return _mm_getcsr() & ~Word{0x3f}; }
  static void set(Word word) { _mm_setcsr(word); }
#elif defined(__aarch64__)
  using Word = std::uint64_t;
  static constexpr Word kDefault = 0;
  static Word get() {
    Word word;
    asm volatile("mrs %0, fpcr" : "=r"(word));
    return word;
  }
  static void set(Word word) { asm volatile("msr fpcr, %0" : : "r"(word)); }
#endif

  Word outer_;
};

}  // namespace pymetal::backend::cpu
