// The natural logarithm in parts, for whatever is made from it.
#pragma once

#include "device/math/float_bits.h"

namespace device {

inline constexpr float kLn2High = 0x1.62e4p-1f;  // 15 bits: its products with exponents are exact
inline constexpr float kLn2Low = 0x1.7f7d1cp-20f;

/// ln x = exponent * ln 2 + high + low, with low far below high.
struct LogParts {
  float exponent;
  float high;
  float low;
};

/// For positive and finite x, subnormals too.
inline LogParts log_parts(float x) {
  constexpr u32 kSqrtHalf = 0x3f3504f3u;
  const bool is_subnormal = x < 0x1p-126f;
  const u32 bits = bits_of(select(is_subnormal, x * 0x1p24f, x)) - kSqrtHalf;
  const float exponent = static_cast<float>((static_cast<i32>(bits) >> 23) - select(is_subnormal, 24, 0));
  // m = 1 + f is between sqrt(1/2) and sqrt(2). ln(1 + f) = f - f^2 / 2 + f^3 P(f), the first two without error.
  const float f = float_of((bits & 0x7fffffu) + kSqrtHalf) - 1.0f;
  const float half_square = -0.5f * f;
  const float high = fma(half_square, f, f);
  const float error = fma(half_square, f, f - high);
  const float p = polynomial(f, 0x1.555548p-2f, -0x1.000006p-2f, 0x1.99a476p-3f, -0x1.555c46p-3f, 0x1.233ba8p-3f,
                             -0x1.fc2886p-4f, 0x1.e6bf3cp-4f, -0x1.de02c2p-4f, 0x1.14760ep-4f);
  return {exponent, high, fma(f * f * f, p, error)};
}

/// The sum of the parts, and `more`, which is far below them.
inline float natural_log(LogParts parts, float more) {
  return fma(parts.exponent, kLn2High, parts.high + fma(parts.exponent, kLn2Low, parts.low + more));
}

/// A number as the sum of two floats, the second far below the first.
struct Sum {
  float high;
  float low;
};

/// log2 of the number in parts.
inline Sum binary_log(LogParts parts) {
  constexpr float kLog2E = 0x1.715476p+0f;
  constexpr float kLog2ELow = 0x1.4ae0cp-26f;
  const float product = parts.high * kLog2E;
  const float sum = parts.exponent + product;
  const float error = select(parts.exponent == 0.0f, 0.0f, product - (sum - parts.exponent));
  const float rest = fma(parts.low, kLog2E, fma(parts.high, kLog2ELow, fma(parts.high, kLog2E, -product)));
  const float high = sum + (error + rest);
  return {high, (error + rest) - (high - sum)};
}

/// The logarithm of x, which is `ordinary` where x is positive and finite.
inline float finish_log(float x, float ordinary) {
  const float special = select(x == 0.0f, -kInfinity, select(x == kInfinity, kInfinity, kNaN));
  return select((x > 0.0f) & (x < kInfinity), ordinary, special);
}

}  // namespace device
