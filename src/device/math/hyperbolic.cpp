// The hyperbolic functions, from the exponential, and their inverses, from ln(1 + w); minimax polynomials where those
// would lose digits (the formulas of Abramowitz and Stegun, chapter 4.5 and 4.6; coefficients fitted for this file).
#include "device/math/exponential.h"
#include "device/math/logarithm.h"

namespace device {
namespace {

/// ln(1 + w), and ln(2x) where x is so large that the inverse functions are that to a float's precision.
float log_of_one_more(float w, float x) {
  const bool is_large = x >= 0x1p12f;
  const float u = select(is_large, x, 1.0f + w);
  const float lost = select(w < 1.0f, w - (u - 1.0f), 1.0f - (u - w));
  LogParts parts = log_parts(u);
  parts.exponent += select(is_large, 1.0f, 0.0f);
  return natural_log(parts, select(is_large, 0.0f, lost / u));
}

}  // namespace

extern "C" {

float sinh_f32(float x) MTL_DEVICE_FUNCTION("sinh.f32");
float sinh_f32(float x) {
  const float a = magnitude(x);
  const float s = a * a;
  const float small = fma(s * a, polynomial(s, 0x1.555556p-3f, 0x1.1110ep-7f, 0x1.a022b6p-13f, 0x1.756df8p-19f), a);
  const float half_power = exp_scaled(a, -1);
  return copy_sign(select(a < 1.0f, small, half_power - 0.25f / half_power), x);
}

float cosh_f32(float x) MTL_DEVICE_FUNCTION("cosh.f32");
float cosh_f32(float x) {
  const float half_power = exp_scaled(magnitude(x), -1);
  return half_power + 0.25f / half_power;
}

float tanh_f32(float x) MTL_DEVICE_FUNCTION("tanh.f32");
float tanh_f32(float x) {
  const float a = magnitude(x);
  const float s = a * a;
  const float p = polynomial(s, -0x1.555532p-2f, 0x1.1106fap-3f, -0x1.b836c6p-5f, 0x1.5203e6p-6f, -0x1.754d3cp-8f);
  const float small = fma(s * a, p, a);
  return copy_sign(select(a < 0.625f, small, 1.0f - 2.0f / (exp_scaled(2.0f * a, 0) + 1.0f)), x);
}

float asinh_f32(float x) MTL_DEVICE_FUNCTION("asinh.f32");
float asinh_f32(float x) {
  const float a = magnitude(x);
  const float w = a + a * a / (1.0f + __builtin_sqrtf(fma(a, a, 1.0f)));
  return copy_sign(select(is_finite(a), log_of_one_more(w, a), a), x);
}

float acosh_f32(float x) MTL_DEVICE_FUNCTION("acosh.f32");
float acosh_f32(float x) {
  const float t = x - 1.0f;
  const float w = t + __builtin_sqrtf(fma(t, t, t + t));
  const float special = select(x == kInfinity, kInfinity, kNaN);
  return select((x >= 1.0f) & (x < kInfinity), log_of_one_more(w, x), special);
}

float atanh_f32(float x) MTL_DEVICE_FUNCTION("atanh.f32");
float atanh_f32(float x) {
  const float a = magnitude(x);
  const float result = 0.5f * log_of_one_more((a + a) / (1.0f - a), 0.0f);
  const float special = select(a == 1.0f, kInfinity, kNaN);
  return copy_sign(select(a < 1.0f, result, special), x);
}
}

}  // namespace device
