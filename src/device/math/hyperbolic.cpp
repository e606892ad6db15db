// Hyperbolic functions and their inverses.
#include "device/math/exponential.h"

namespace device {
namespace {

/// Below it two terms of a series are exact to a float, and the closed forms lose digits.
constexpr float kSmall = 0x1p-9f;

}  // namespace

extern "C" {

float sinh_f32(float x) MTL_DEVICE_FUNCTION("sinh.f32");
float sinh_f32(float x) {
  if (is_nan(x) || x == 0.0f) return x;
  const double d = x;
  if (__builtin_fabsf(x) < kSmall) return static_cast<float>(d * (1 + d * d / 6));
  const double e = exp_double(clamp_exponent(d));
  return static_cast<float>((e - 1 / e) / 2);
}

float cosh_f32(float x) MTL_DEVICE_FUNCTION("cosh.f32");
float cosh_f32(float x) {
  if (is_nan(x)) return x;
  const double e = exp_double(clamp_exponent(x));
  return static_cast<float>((e + 1 / e) / 2);
}

float tanh_f32(float x) MTL_DEVICE_FUNCTION("tanh.f32");
float tanh_f32(float x) {
  if (is_nan(x) || x == 0.0f) return x;
  const double d = x;
  if (__builtin_fabsf(x) < kSmall) return static_cast<float>(d * (1 - d * d / 3));
  return static_cast<float>(1 - 2 / (exp_double(clamp_exponent(2 * d)) + 1));
}

float asinh_f32(float x) MTL_DEVICE_FUNCTION("asinh.f32");
float asinh_f32(float x) {
  if (is_nan(x) || is_infinite(x) || x == 0.0f) return x;
  const double d = __builtin_fabsf(x);
  if (d < kSmall) return copy_sign(static_cast<float>(d * (1 - d * d / 6)), x);
  return copy_sign(static_cast<float>(log_double(d + __builtin_sqrt(d * d + 1))), x);
}

float acosh_f32(float x) MTL_DEVICE_FUNCTION("acosh.f32");
float acosh_f32(float x) {
  if (!(x >= 1.0f)) return kNaN;
  if (is_infinite(x)) return x;
  const double d = x;
  return static_cast<float>(log_double(d + __builtin_sqrt((d - 1) * (d + 1))));
}

float atanh_f32(float x) MTL_DEVICE_FUNCTION("atanh.f32");
float atanh_f32(float x) {
  if (!(__builtin_fabsf(x) <= 1.0f)) return kNaN;
  if (__builtin_fabsf(x) == 1.0f) return copy_sign(kInfinity, x);
  if (x == 0.0f) return x;
  const double d = x;
  if (__builtin_fabsf(x) < kSmall) return static_cast<float>(d * (1 + d * d / 3));
  return static_cast<float>(log_double((1 + d) / (1 - d)) / 2);
}
}

}  // namespace device
