// exp, log and their relatives, and powers.
#include "device/math/exponential.h"

namespace device {
namespace {

float exp_scaled(float x, double scale) {
  if (is_nan(x)) return x;
  return static_cast<float>(exp_double(clamp_exponent(static_cast<double>(x) * scale)));
}

float log_scaled(float x, double scale) {
  if (x == 0.0f) return -kInfinity;
  if (is_nan(x) || is_negative(x)) return kNaN;
  if (is_infinite(x)) return x;
  return static_cast<float>(log_double(x) * scale);
}

/// 0 where y is no integer, 1 where it is odd, 2 where it is even.
int parity(float y) {
  const float magnitude = __builtin_fabsf(y);
  if (magnitude >= 0x1p24f) return 2;
  if (__builtin_truncf(y) != y) return 0;
  return (static_cast<i64>(y) & 1) != 0 ? 1 : 2;
}

}  // namespace

extern "C" {

float exp_f32(float x) MTL_DEVICE_FUNCTION("exp.f32");
float exp_f32(float x) { return exp_scaled(x, 1.0); }

float exp2_f32(float x) MTL_DEVICE_FUNCTION("exp2.f32");
float exp2_f32(float x) {
  // Whole powers are exact.
  if (__builtin_rintf(x) == x && x >= -126.0f && x <= 127.0f)
    return float_of(static_cast<u32>(static_cast<i32>(x) + 127) << 23);
  return exp_scaled(x, kLn2);
}

float exp10_f32(float x) MTL_DEVICE_FUNCTION("exp10.f32");
float exp10_f32(float x) { return exp_scaled(x, kLn10); }

float expm1_f32(float x) MTL_DEVICE_FUNCTION("expm1.f32");
float expm1_f32(float x) {
  if (is_nan(x) || x == 0.0f) return x;
  const double d = x;
  if (__builtin_fabsf(x) < 0x1p-8f) return static_cast<float>(d * (1 + d * (1.0 / 2 + d * (1.0 / 6 + d * (1.0 / 24)))));
  return static_cast<float>(exp_double(clamp_exponent(d)) - 1);
}

float log_f32(float x) MTL_DEVICE_FUNCTION("log.f32");
float log_f32(float x) { return log_scaled(x, 1.0); }

float log2_f32(float x) MTL_DEVICE_FUNCTION("log2.f32");
float log2_f32(float x) { return log_scaled(x, kLog2E); }

float log10_f32(float x) MTL_DEVICE_FUNCTION("log10.f32");
float log10_f32(float x) { return log_scaled(x, 1 / kLn10); }

float log1p_f32(float x) MTL_DEVICE_FUNCTION("log1p.f32");
float log1p_f32(float x) {
  if (is_nan(x) || x == 0.0f) return x;
  if (x == -1.0f) return -kInfinity;
  if (x < -1.0f) return kNaN;
  if (is_infinite(x)) return x;
  const double d = x;
  if (__builtin_fabsf(x) < 0x1p-10f) return static_cast<float>(d * (1 - d * (1.0 / 2 - d * (1.0 / 3 - d / 4))));
  return static_cast<float>(log_double(1 + d));
}

float pow_f32(float x, float y) MTL_DEVICE_FUNCTION("pow.f32");
float pow_f32(float x, float y) {
  if (y == 0.0f || x == 1.0f) return 1.0f;
  if (is_nan(x) || is_nan(y)) return kNaN;
  const int kind = parity(y);
  const float sign = is_negative(x) && kind == 1 ? -1.0f : 1.0f;
  const float base = __builtin_fabsf(x);
  if (is_infinite(y)) {
    if (base == 1.0f) return 1.0f;
    return (base > 1.0f) == (y > 0.0f) ? kInfinity : 0.0f;
  }
  if (base == 0.0f) return y > 0.0f ? sign * 0.0f : sign * kInfinity;
  if (is_infinite(x)) return y > 0.0f ? sign * kInfinity : sign * 0.0f;
  if (is_negative(x) && kind == 0) return kNaN;
  return sign * static_cast<float>(exp_double(clamp_exponent(static_cast<double>(y) * log_double(base))));
}

float powr_f32(float x, float y) MTL_DEVICE_FUNCTION("powr.f32");
float powr_f32(float x, float y) { return x < 0.0f ? kNaN : pow_f32(x, y); }

float rsqrt_f32(float x) MTL_DEVICE_FUNCTION("rsqrt.f32");
float rsqrt_f32(float x) { return static_cast<float>(1 / __builtin_sqrt(static_cast<double>(x))); }

float cbrt_f32(float x) MTL_DEVICE_FUNCTION("cbrt.f32");
float cbrt_f32(float x) {
  if (x == 0.0f || is_nan(x) || is_infinite(x)) return x;
  return copy_sign(static_cast<float>(exp_double(log_double(__builtin_fabsf(x)) / 3)), x);
}
}

}  // namespace device
