// Functions of the parts of a float: exponent, fraction, neighbours, remainders. All exact or rounded once, by way of
// bits.
#include "device/math/float_bits.h"

namespace device {
namespace {

/// A finite float that is not zero, as m * 2^exponent with 1 <= |m| < 2.
struct Parts {
  float mantissa;
  i32 exponent;
};

Parts split(float x) {
  const bool is_subnormal = magnitude(x) < 0x1p-126f;
  const u32 bits = bits_of(select(is_subnormal, x * 0x1p24f, x));
  const i32 biased = static_cast<i32>(bits >> 23 & 0xffu);
  return {float_of((bits & 0x807fffffu) | 127u << 23), biased - select(is_subnormal, 151, 127)};
}

bool is_ordinary(float x) { return (x != 0.0f) & is_finite(x); }

/// m * 2^n for 1 <= |m| < 2, rounded once.
float join(float m, i32 n) {
  // Where the result is subnormal or infinite, one multiplication with a power of two makes it so.
  const bool is_small = n < -100;
  const bool is_large = n > 127;
  const i32 first = select(is_small, select(n < -200, -100, n + 100), select(is_large, 127, n));
  return m * power_of_two(first) * select(is_small, 0x1p-100f, select(is_large, 2.0f, 1.0f));
}

}  // namespace

extern "C" {

float ldexp_f32(float x, i32 n) MTL_DEVICE_FUNCTION("ldexp.f32");
float ldexp_f32(float x, i32 n) {
  const Parts parts = split(x);
  const i32 bounded = select(n > 600, 600, select(n < -600, -600, n));
  const float result = join(parts.mantissa, parts.exponent + bounded);
  return select(is_ordinary(x), result, x);
}

float frexp_fraction_f32(float x) MTL_DEVICE_FUNCTION("frexp_fraction.f32");
float frexp_fraction_f32(float x) {
  const float result = split(x).mantissa * 0.5f;
  return select(is_ordinary(x), result, x);
}

i32 frexp_exponent_f32(float x) MTL_DEVICE_FUNCTION("frexp_exponent.f32");
i32 frexp_exponent_f32(float x) { return select(is_ordinary(x), split(x).exponent + 1, 0); }

i32 ilogb_f32(float x) MTL_DEVICE_FUNCTION("ilogb.f32");
i32 ilogb_f32(float x) {
  const i32 special = select(magnitude(x) == kInfinity, 2147483647, -2147483647 - 1);
  return select(is_ordinary(x), split(x).exponent, special);
}

float nextafter_f32(float x, float y) MTL_DEVICE_FUNCTION("nextafter.f32");
float nextafter_f32(float x, float y) {
  const u32 bits = bits_of(x);
  const bool grows = (x < y) == (x > 0.0f);
  const float step = float_of(select(grows, bits + 1, bits - 1));
  const float result = select(x == 0.0f, copy_sign(float_of(1), y), step);
  return select(is_unordered(x, y), kNaN, select(x == y, y, result));
}

/// Long division, 22 binary digits at a time; one step is enough where the quotient is below 2^22. Each step is exact,
/// because what is left has no digits below those of its divisor.
float fmod_f32(float x, float y) MTL_DEVICE_FUNCTION("fmod.f32");
float fmod_f32(float x, float y) {
  constexpr i32 kStep = 22;
  const float divisor = magnitude(y);
  float rest = magnitude(x);
  const bool is_defined = is_finite(x) & (divisor > 0.0f);
  const i32 divisor_exponent = split(divisor).exponent;
  while (is_defined && rest >= divisor) {
    const i32 excess = split(rest).exponent - divisor_exponent - kStep;
    const i32 shift = select(excess > 0, excess, 0);
    // The divisor times 2^shift is no larger than the rest; in two steps, because the shift may leave a float's range.
    const float scaled = divisor * power_of_two(shift >> 1) * power_of_two(shift - (shift >> 1));
    rest = fma(-__builtin_truncf(rest / scaled), scaled, rest);
    // The quotient may have been rounded up.
    rest = select(rest < 0.0f, rest + scaled, rest);
  }
  return select(is_defined & !is_nan(y), copy_sign(rest, x), kNaN);
}
}

}  // namespace device
