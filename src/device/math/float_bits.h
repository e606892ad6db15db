// Floats as bit patterns, and the small steps that math functions are made of. Device code: no library, one thread.
#pragma once

#define MTL_DEVICE_FUNCTION(NAME) __asm("mtl." NAME)
// What is seldom needed and long: a function of its own, which one lane calls after the other.
#define MTL_APART(NAME) __asm("apart." NAME) __attribute__((noinline, const))

namespace device {

using u32 = unsigned int;
using i32 = int;
using u64 = unsigned long long;
using i64 = long long;
static_assert(sizeof(u32) == 4 && sizeof(u64) == 8, "device code counts on these sizes");

inline constexpr float kInfinity = __builtin_inff();
inline constexpr float kNaN = __builtin_nanf("");
inline constexpr u32 kSignBit = 0x80000000u;

inline u32 bits_of(float x) { return __builtin_bit_cast(u32, x); }
inline float float_of(u32 bits) { return __builtin_bit_cast(float, bits); }
inline float magnitude(float x) { return __builtin_fabsf(x); }
inline bool is_nan(float x) { return x != x; }
inline bool is_unordered(float x, float y) { return __builtin_isunordered(x, y); }
inline bool is_finite(float x) { return magnitude(x) < kInfinity; }
inline bool is_negative(float x) { return bits_of(x) >> 31 != 0; }
inline float copy_sign(float x, float sign) { return __builtin_copysignf(x, sign); }
inline float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

/// `yes` where the condition holds, else `no`. Both are worked out, so that no branch is left.
template <class T>
inline T select(bool condition, T yes, T no) {
  return condition ? yes : no;
}

/// Holds x between two ends. NaN stays NaN.
inline float clamp(float x, float low, float high) {
  const float below = select(x > high, high, x);
  return select(below < low, low, below);
}

/// The value of the polynomial with these coefficients, lowest first.
template <class... Rest>
inline float polynomial(float x, float lowest, Rest... rest) {
  if constexpr (sizeof...(rest) == 0) {
    return lowest;
  } else {
    return fma(polynomial(x, rest...), x, lowest);
  }
}

/// A whole number, as both types.
struct Whole {
  float value;
  i32 integer;
};

/// The whole number next to x * factor, below 2^22: adding 3 * 2^22 leaves it in the last bits. For NaN, anything.
inline Whole nearest(float x, float factor) {
  constexpr float kShift = 0x1.8p23f;
  const float shifted = fma(x, factor, kShift);
  return {shifted - kShift, static_cast<i32>(bits_of(shifted) - bits_of(kShift))};
}

/// 2^n, for -127 < n < 128.
inline float power_of_two(i32 n) { return float_of(static_cast<u32>(n + 127) << 23); }

/// A whole number n for -252 < n < 254, and bits whose halves are, in their last 8 bits, the exponents of two factors
/// of 2^n: nothing needs to be taken off the number for that, nor added to it.
struct Exponent {
  float value;
  u32 bits;
};

/// As `nearest`.
inline Exponent nearest_exponent(float x, float factor) {
  constexpr float kShift = 0x1.8p23f + 254;
  const float shifted = fma(x, factor, kShift);
  return {shifted - kShift, bits_of(shifted)};
}

/// x * 2^n, rounded once when x is between 1/2 and 2.
inline float scale(float x, Exponent n) {
  const u32 half = n.bits >> 1;
  return x * float_of(half << 23) * float_of((n.bits - half) << 23);
}

}  // namespace device
