// Exponentials and logarithms in double, which carry the float functions to within a rounding of the exact result.
#pragma once

#include "device/math/float_bits.h"

namespace device {

inline constexpr double kLn2 = 0x1.62e42fefa39efp-1;
inline constexpr double kLog2E = 0x1.71547652b82fep+0;
inline constexpr double kLn10 = 0x1.26bb1bbb55516p+1;

/// e^x for |x| < 700: the argument is reduced by the nearest multiple of ln 2, the rest is Taylor's series.
inline double exp_double(double x) {
  constexpr double kLn2High = 0x1.62e42fefa38p-1;
  constexpr double kLn2Low = 0x1.ef35793c7673p-45;
  constexpr double kTaylor[] = {1.0,       1.0,        1.0 / 2,     1.0 / 6,      1.0 / 24,      1.0 / 120,
                                1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800};
  const double k = __builtin_rint(x * kLog2E);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  return polynomial(r, kTaylor) * double_of(static_cast<u64>(static_cast<i64>(k) + 1023) << 52);
}

/// ln x for normal, positive x: with x = m 2^k and m near 1, ln m = 2 atanh((m - 1) / (m + 1)).
inline double log_double(double x) {
  constexpr u64 kSqrtHalf = 0x3fe6a09e667f3bcdull;
  const u64 bits = bits_of(x);
  const u64 offset = bits - kSqrtHalf;
  const i64 k = static_cast<i64>(offset) >> 52;
  const double m = double_of(bits - (static_cast<u64>(k) << 52));
  const double s = (m - 1) / (m + 1);
  constexpr double kSeries[] = {2.0,      2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,
                                2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19};
  return static_cast<double>(k) * kLn2 + s * polynomial(s * s, kSeries);
}

/// Keeps an exponent where `exp_double` works; what lies beyond over- or underflows a float all the same.
inline double clamp_exponent(double x) {
  constexpr double kLimit = 700.0;
  return x > kLimit ? kLimit : (x < -kLimit ? -kLimit : x);
}

}  // namespace device
