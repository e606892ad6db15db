// The inverse trigonometric functions: minimax polynomials on a small range, and the identities that lead there (as in
// Moshier's Methods and Programs for Mathematical Functions; coefficients fitted for this file).
#include "device/math/float_bits.h"

namespace device {
namespace {

constexpr float kHalfPi = 0x1.921fb6p+0f;
constexpr float kHalfPiLow = -0x1.777a5cp-25f;
constexpr float kQuarterPi = 0x1.921fb6p-1f;
constexpr float kQuarterPiLow = -0x1.777a5cp-26f;

/// The angle whose tangent is num / den, for 0 <= num <= den; above tan(pi/8) measured from pi/4.
struct Arc {
  float angle;
  bool is_from_quarter;
};

Arc arc(float num, float den) {
  const bool is_steep = num > 0x1.a8279ap-2f * den;
  const float t = select(is_steep, num - den, num) / select(is_steep, num + den, den);
  const float s = t * t;
  const float p = polynomial(s, -0x1.55554ap-2f, 0x1.9991e2p-3f, -0x1.23b9a2p-3f, 0x1.b22452p-4f, -0x1.f2e57p-5f);
  return {fma(s * t, p, t), is_steep};
}

/// (asin(sqrt(s)) - sqrt(s)) / sqrt(s)^3 for 0 <= s <= 1/4.
float asin_rest(float s) {
  return polynomial(s, 0x1.55554cp-3f, 0x1.3338aap-4f, 0x1.6ca7fap-5f, 0x1.04cabp-5f, 0x1.d5c5d2p-7f, 0x1.348024p-5f);
}

}  // namespace

extern "C" {

float atan2_f32(float y, float x) MTL_DEVICE_FUNCTION("atan2.f32");
float atan2_f32(float y, float x) {
  float ax = magnitude(x);
  float ay = magnitude(y);
  const bool is_swapped = ay > ax;
  float num = select(is_swapped, ax, ay);
  float den = select(is_swapped, ay, ax);
  // Infinity over infinity counts as one, zero over zero as zero; the largest and the least keep away from the ends.
  const bool are_infinite = num == kInfinity;
  num = select(are_infinite, 1.0f, num);
  den = select(are_infinite | (den == 0.0f), 1.0f, den);
  const float unit = select(den > 0x1p100f, 0x1p-4f, select(den < 0x1p-100f, 0x1p24f, 1.0f));
  const Arc found = arc(num * unit, den * unit);
  // Multiples of pi/4 from which the angle is measured, up or down.
  const bool is_left = is_negative(x);
  const bool goes_down = is_swapped != is_left;
  const float quarters = select(found.is_from_quarter, select(goes_down, -1.0f, 1.0f), 0.0f) +
                         select(is_swapped, 2.0f, select(is_left, 4.0f, 0.0f));
  const float angle = select(goes_down, -found.angle, found.angle);
  const float base = quarters * kQuarterPi;
  const float result = base + (angle + fma(quarters, kQuarterPiLow, fma(quarters, kQuarterPi, -base)));
  return select(is_unordered(x, y), kNaN, copy_sign(result, y));
}

float atan_f32(float x) MTL_DEVICE_FUNCTION("atan.f32");
float atan_f32(float x) {
  const float a = magnitude(x);
  const bool is_swapped = a > 1.0f;
  const Arc found = arc(select(is_swapped, 1.0f, a), select(is_swapped, a, 1.0f));
  const float quarters = select(found.is_from_quarter, 1.0f, select(is_swapped, 2.0f, 0.0f));
  const float angle = select(is_swapped, -found.angle, found.angle);
  return copy_sign(quarters * kQuarterPi + fma(quarters, kQuarterPiLow, angle), x);
}

float asin_f32(float x) MTL_DEVICE_FUNCTION("asin.f32");
float asin_f32(float x) {
  const float a = magnitude(x);
  const bool is_large = a > 0.5f;
  const float s = select(is_large, fma(a, -0.5f, 0.5f), a * a);
  const float root = select(is_large, __builtin_sqrtf(s), a);
  const float angle = fma(root * s, asin_rest(s), root);
  const float result = select(is_large, kHalfPi + fma(angle, -2.0f, kHalfPiLow), angle);
  return select(a <= 1.0f, copy_sign(result, x), kNaN);
}

float acos_f32(float x) MTL_DEVICE_FUNCTION("acos.f32");
float acos_f32(float x) {
  const float a = magnitude(x);
  const bool is_large = a > 0.5f;
  const float s = select(is_large, fma(a, -0.5f, 0.5f), a * a);
  const float root = select(is_large, __builtin_sqrtf(s), x);
  const float angle = fma(root * s, asin_rest(s), root);
  const float large = select(x > 0.0f, 2.0f * angle, 2.0f * kHalfPi + 2.0f * (kHalfPiLow - angle));
  return select(a <= 1.0f, select(is_large, large, kHalfPi + (kHalfPiLow - angle)), kNaN);
}
}

}  // namespace device
