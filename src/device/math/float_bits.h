// Floats and doubles as bit patterns. Device code: no library, one thread.
#pragma once

#define MTL_DEVICE_FUNCTION(NAME) __asm("mtl." NAME)

namespace device {

using u32 = unsigned int;
using i32 = int;
using u64 = unsigned long long;
using i64 = long long;
static_assert(sizeof(u32) == 4 && sizeof(u64) == 8, "device code counts on these sizes");

inline constexpr float kInfinity = __builtin_inff();
inline constexpr float kNaN = __builtin_nanf("");

inline u32 bits_of(float x) { return __builtin_bit_cast(u32, x); }
inline u64 bits_of(double x) { return __builtin_bit_cast(u64, x); }
inline float float_of(u32 bits) { return __builtin_bit_cast(float, bits); }
inline double double_of(u64 bits) { return __builtin_bit_cast(double, bits); }
inline bool is_nan(float x) { return (bits_of(x) & 0x7fffffffu) > 0x7f800000u; }
inline bool is_infinite(float x) { return (bits_of(x) & 0x7fffffffu) == 0x7f800000u; }
inline bool is_negative(float x) { return bits_of(x) >> 31 != 0; }
inline float copy_sign(float magnitude, float sign) {
  return float_of((bits_of(magnitude) & 0x7fffffffu) | (bits_of(sign) & 0x80000000u));
}

/// The value of the polynomial with these coefficients, lowest first.
template <int N>
inline double polynomial(double x, const double (&coefficients)[N]) {
  double value = coefficients[N - 1];
  for (int i = N - 2; i >= 0; --i) value = value * x + coefficients[i];
  return value;
}

}  // namespace device
