// Trigonometric functions and their inverses.
#include "device/math/trigonometric.h"

namespace device {
namespace {

/// 2 / pi in binary, 32 bits a word, from the binary point on.
constexpr u32 kTwoOverPi[] = {0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u,
                              0xdb629599u, 0x3c439041u, 0xfe5163abu};

/// For |x| >= 2^25: of the product with 2 / pi, only the part below 4 is wanted, so only the bits of 2 / pi that reach
/// it are multiplied. (M. Payne, R. Hanek: Radian reduction for trigonometric functions, 1983.)
ReducedAngle reduce_large(float x) {
  const u32 bits = bits_of(x);
  const u64 mantissa = (bits & 0x7fffffu) | 0x800000u;
  const u32 exponent = (bits >> 23 & 0xffu) - 150;  // x = mantissa * 2^exponent
  const u32 first = exponent - 2;                   // bits before it give multiples of 4
  const u32 word = first / 32;
  const u32 shift = first % 32;
  const auto window = [&](u32 i) {
    const u64 pair = static_cast<u64>(kTwoOverPi[word + i]) << 32 | kTwoOverPi[word + i + 1];
    return static_cast<u32>(pair << shift >> 32);
  };
  const u64 low = mantissa * window(2);
  const u64 middle = mantissa * window(1) + (low >> 32);
  const u64 high = mantissa * window(0) + (middle >> 32);
  const u64 fraction = high << 32 | (middle & 0xffffffffu);  // in units of 2^-62 quarter turns, modulo 4
  const u32 quadrant = static_cast<u32>((fraction + (1ull << 61)) >> 62);
  const i64 rest = static_cast<i64>(fraction - (static_cast<u64>(quadrant) << 62));
  const double angle = static_cast<double>(rest) * (kPi / 2 * 0x1p-62);
  return is_negative(x) ? ReducedAngle{-angle, 0u - quadrant} : ReducedAngle{angle, quadrant};
}

/// x is a multiple of pi: exact, because the multiple of 2 is taken off first.
ReducedAngle reduce_pi(float x) {
  const float turn = x - 2.0f * __builtin_rintf(x * 0.5f);
  const float quarter = __builtin_rintf(turn * 2.0f);
  return {(static_cast<double>(turn) - static_cast<double>(quarter) / 2) * kPi,
          static_cast<u32>(static_cast<i32>(quarter))};
}

bool has_no_angle(float x) { return is_nan(x) || is_infinite(x); }

}  // namespace

ReducedAngle reduce(float x) {
  if (__builtin_fabsf(x) >= 0x1p25f) return reduce_large(x);
  constexpr double kHalfPiHigh = 0x1.921fb5p+0;  // 25 bits: its product with k is exact
  constexpr double kHalfPiLow = 0x1.110b4611a6263p-26;
  const double k = __builtin_rint(static_cast<double>(x) * (2 / kPi));
  return {(static_cast<double>(x) - k * kHalfPiHigh) - k * kHalfPiLow, static_cast<u32>(static_cast<i32>(k))};
}

double atan2_double(double y, double x) {
  const double ay = __builtin_fabs(y);
  const double ax = __builtin_fabs(x);
  const double ratio = ay > ax ? ax / ay : ay / ax;
  // Above tan(pi / 8) the angle is measured from pi / 4.
  const bool is_steep = ratio > 0.41421356237309503;
  const double t = is_steep ? (ratio - 1) / (ratio + 1) : ratio;
  constexpr double kSeries[] = {1.0,       -1.0 / 3, 1.0 / 5,   -1.0 / 7, 1.0 / 9,   -1.0 / 11, 1.0 / 13,
                                -1.0 / 15, 1.0 / 17, -1.0 / 19, 1.0 / 21, -1.0 / 23, 1.0 / 25};
  double angle = t * polynomial(t * t, kSeries) + (is_steep ? kPi / 4 : 0.0);
  if (ay > ax) angle = kPi / 2 - angle;
  if (bits_of(x) >> 63 != 0) angle = kPi - angle;
  return bits_of(y) >> 63 != 0 ? -angle : angle;
}

extern "C" {

float sin_f32(float x) MTL_DEVICE_FUNCTION("sin.f32");
float sin_f32(float x) {
  if (has_no_angle(x)) return kNaN;
  return x == 0.0f ? x : static_cast<float>(sin_reduced(reduce(x)));
}

float cos_f32(float x) MTL_DEVICE_FUNCTION("cos.f32");
float cos_f32(float x) { return has_no_angle(x) ? kNaN : static_cast<float>(cos_reduced(reduce(x))); }

float tan_f32(float x) MTL_DEVICE_FUNCTION("tan.f32");
float tan_f32(float x) {
  if (has_no_angle(x)) return kNaN;
  if (x == 0.0f) return x;
  const ReducedAngle angle = reduce(x);
  return static_cast<float>(sin_reduced(angle) / cos_reduced(angle));
}

float sinpi_f32(float x) MTL_DEVICE_FUNCTION("sinpi.f32");
float sinpi_f32(float x) {
  if (has_no_angle(x)) return kNaN;
  if (__builtin_truncf(x) == x) return copy_sign(0.0f, x);
  return static_cast<float>(sin_reduced(reduce_pi(x)));
}

float cospi_f32(float x) MTL_DEVICE_FUNCTION("cospi.f32");
float cospi_f32(float x) {
  if (has_no_angle(x)) return kNaN;
  const ReducedAngle angle = reduce_pi(x);
  return angle.rest == 0 && (angle.quadrant & 1) != 0 ? 0.0f : static_cast<float>(cos_reduced(angle));
}

float tanpi_f32(float x) MTL_DEVICE_FUNCTION("tanpi.f32");
float tanpi_f32(float x) {
  if (has_no_angle(x)) return kNaN;
  const ReducedAngle angle = reduce_pi(x);
  const double sine = sin_reduced(angle);
  const double cosine = cos_reduced(angle);
  if (angle.rest == 0 && (angle.quadrant & 1) != 0) return sine > 0 ? kInfinity : -kInfinity;
  return sine == 0 ? copy_sign(0.0f, x) : static_cast<float>(sine / cosine);
}

float atan2_f32(float y, float x) MTL_DEVICE_FUNCTION("atan2.f32");
float atan2_f32(float y, float x) {
  if (is_nan(x) || is_nan(y)) return kNaN;
  if (y == 0.0f) return is_negative(x) ? copy_sign(static_cast<float>(kPi), y) : y;
  if (is_infinite(x) && is_infinite(y)) {
    x = copy_sign(1.0f, x);
    y = copy_sign(1.0f, y);
  } else if (is_infinite(x)) {
    y = copy_sign(0.0f, y);
    x = copy_sign(1.0f, x);
  } else if (is_infinite(y)) {
    x = 0.0f;
    y = copy_sign(1.0f, y);
  }
  return static_cast<float>(atan2_double(y, x));
}

float atan_f32(float x) MTL_DEVICE_FUNCTION("atan.f32");
float atan_f32(float x) { return x == 0.0f ? x : atan2_f32(x, 1.0f); }

float asin_f32(float x) MTL_DEVICE_FUNCTION("asin.f32");
float asin_f32(float x) {
  if (!(__builtin_fabsf(x) <= 1.0f)) return kNaN;
  const double d = x;
  return x == 0.0f ? x : static_cast<float>(atan2_double(d, __builtin_sqrt((1 - d) * (1 + d))));
}

float acos_f32(float x) MTL_DEVICE_FUNCTION("acos.f32");
float acos_f32(float x) {
  if (!(__builtin_fabsf(x) <= 1.0f)) return kNaN;
  const double d = x;
  return x == 1.0f ? 0.0f : static_cast<float>(atan2_double(__builtin_sqrt((1 - d) * (1 + d)), d));
}
}

}  // namespace device
