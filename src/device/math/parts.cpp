// Functions of the parts of a float: exponent, fraction, neighbours, remainders. All exact.
#include "device/math/float_bits.h"

namespace device {
namespace {

/// A finite float that is not zero, as mantissa * 2^exponent with the mantissa in [2^23, 2^24).
struct Parts {
  u32 mantissa;
  i32 exponent;
};

Parts split(float x) {
  const u32 magnitude = bits_of(x) & 0x7fffffffu;
  const i32 biased = static_cast<i32>(magnitude >> 23);
  if (biased != 0) return {(magnitude & 0x7fffffu) | 0x800000u, biased - 150};
  const i32 shift = __builtin_clz(magnitude) - 8;
  return {magnitude << shift, -149 - shift};
}

bool is_ordinary(float x) { return x != 0.0f && !is_nan(x) && !is_infinite(x); }

}  // namespace

extern "C" {

float ldexp_f32(float x, i32 n) MTL_DEVICE_FUNCTION("ldexp.f32");
float ldexp_f32(float x, i32 n) {
  const i32 bounded = n > 600 ? 600 : (n < -600 ? -600 : n);
  return static_cast<float>(static_cast<double>(x) * double_of(static_cast<u64>(bounded + 1023) << 52));
}

float frexp_fraction_f32(float x) MTL_DEVICE_FUNCTION("frexp_fraction.f32");
float frexp_fraction_f32(float x) {
  if (!is_ordinary(x)) return x;
  return copy_sign(float_of((split(x).mantissa & 0x7fffffu) | 126u << 23), x);
}

i32 frexp_exponent_f32(float x) MTL_DEVICE_FUNCTION("frexp_exponent.f32");
i32 frexp_exponent_f32(float x) { return is_ordinary(x) ? split(x).exponent + 24 : 0; }

i32 ilogb_f32(float x) MTL_DEVICE_FUNCTION("ilogb.f32");
i32 ilogb_f32(float x) {
  if (x == 0.0f || is_nan(x)) return -2147483647 - 1;
  return is_infinite(x) ? 2147483647 : split(x).exponent + 23;
}

float nextafter_f32(float x, float y) MTL_DEVICE_FUNCTION("nextafter.f32");
float nextafter_f32(float x, float y) {
  if (is_nan(x) || is_nan(y)) return kNaN;
  if (x == y) return y;
  if (x == 0.0f) return copy_sign(float_of(1), y);
  const bool grows = (x < y) == (x > 0.0f);
  return float_of(grows ? bits_of(x) + 1 : bits_of(x) - 1);
}

/// Long division, a bit at a time.
float fmod_f32(float x, float y) MTL_DEVICE_FUNCTION("fmod.f32");
float fmod_f32(float x, float y) {
  if (is_nan(x) || is_nan(y) || is_infinite(x) || y == 0.0f) return kNaN;
  if (is_infinite(y) || x == 0.0f || __builtin_fabsf(x) < __builtin_fabsf(y)) return x;
  const Parts dividend = split(x);
  const Parts divisor = split(y);
  u32 rest = dividend.mantissa;
  for (i32 i = dividend.exponent; i > divisor.exponent; --i) {
    if (rest >= divisor.mantissa) rest -= divisor.mantissa;
    rest <<= 1;
  }
  if (rest >= divisor.mantissa) rest -= divisor.mantissa;
  const double value = static_cast<double>(rest) * double_of(static_cast<u64>(divisor.exponent + 1023) << 52);
  return copy_sign(static_cast<float>(value), x);
}
}

}  // namespace device
