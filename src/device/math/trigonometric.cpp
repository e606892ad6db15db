// Sine, cosine and tangent. Angles are reduced to an eighth turn by Cody and Waite's subtraction in three steps, and
// large ones by Payne and Hanek's multiplication with the digits of 2/pi that matter; then minimax polynomials (fitted
// for this file).
#include "device/math/float_bits.h"

namespace device {
namespace {

/// Below it, 2/pi as a float finds the number of quarter turns.
constexpr float kLarge = 0x1p17f;

/// An angle as a number of quarter turns and a rest of about an eighth turn at most.
struct Angle {
  float rest;
  u32 quadrant;
};

/// One of four words from a window on the binary digits of 2/pi, which begins `skipped` words in. A chain of
/// selections, so that threads with different angles need no gather.
template <u32 word>
u32 digits_of_two_over_pi(u32 skipped) {
  constexpr u32 kDigits[] = {0x00000000u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u,
                             0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu};
  const u32 low = select(skipped == 0, kDigits[word], kDigits[word + 1]);
  const u32 high = select(skipped == 2, kDigits[word + 2], kDigits[word + 3]);
  return select(skipped < 2, low, select(skipped < 4, high, kDigits[word + 4]));
}

/// For finite |x| >= kLarge: the quarter turns above the bits of the rest. Of the product with 2/pi only the part below
/// 4 is wanted, so only the digits of 2/pi that reach it are multiplied.
extern "C" u64 reduce_large(float x) MTL_APART("reduce_large_angle");
extern "C" u64 reduce_large(float x) {
  const u32 bits = bits_of(x);
  const u32 mantissa = (bits & 0x7fffffu) | 0x800000u;
  const u32 exponent = (bits >> 23 & 0xffu) - 150u;  // x = mantissa * 2^exponent
  const u32 first = exponent - 2u + 32u;             // the digits begin with a word of zeros
  const u32 skipped = first >> 5;
  const u32 shift = first & 31u;
  const u32 w0 = digits_of_two_over_pi<0>(skipped);
  const u32 w1 = digits_of_two_over_pi<1>(skipped);
  const u32 w2 = digits_of_two_over_pi<2>(skipped);
  const u32 w3 = digits_of_two_over_pi<3>(skipped);
  // Words of 32 bits: lanes have few of 64. A shift by 32 - shift bits is one by 31 - shift and one more.
  const auto window = [shift](u32 high, u32 low) { return high << shift | low >> 1 >> (31u - shift); };
  const u64 low = static_cast<u64>(mantissa) * window(w2, w3);
  const u64 middle = static_cast<u64>(mantissa) * window(w1, w2) + (low >> 32);
  // In units of 2^-30 quarter turns, modulo 4; the lower half of `middle` continues it.
  const u32 turns = mantissa * window(w0, w1) + static_cast<u32>(middle >> 32);
  const u32 quadrant = (turns + (1u << 29)) >> 30;
  const u32 upper = turns - (quadrant << 30);
  const i64 rest = static_cast<i64>(static_cast<u64>(upper) << 32 | (middle & 0xffffffffu));
  const float angle = static_cast<float>(rest) * 0x1.921fb6p-62f;
  const u32 turned = select(is_negative(x), 0u - quadrant, quadrant);
  return static_cast<u64>(turned) << 32 | bits_of(select(is_negative(x), -angle, angle));
}

Angle reduce(float x) {
  if (magnitude(x) >= kLarge) {
    const u64 reduced = reduce_large(x);
    return {float_of(static_cast<u32>(reduced)), static_cast<u32>(reduced >> 32)};
  }
  constexpr float kTwoOverPi = 0x1.45f306p-1f;
  constexpr float kHalfPi[] = {0x1.921fb6p+0f, -0x1.777a5cp-25f, -0x1.ee59dap-50f};
  const Whole k = nearest(x, kTwoOverPi);
  // The first step is exact: both numbers are multiples of a unit that their difference does not outgrow.
  const float rest = fma(k.value, -kHalfPi[2], fma(k.value, -kHalfPi[1], fma(k.value, -kHalfPi[0], x)));
  return {rest, static_cast<u32>(k.integer)};
}

/// x is a multiple of pi. Exact, because the multiple of 2 is taken off first.
Angle reduce_pi(float x) {
  constexpr float kPi = 0x1.921fb6p+1f;
  constexpr float kPiLow = -0x1.777a5cp-24f;
  const float turn = x - 2.0f * __builtin_rintf(x * 0.5f);
  const Whole quarter = nearest(turn, 2.0f);
  const float rest = fma(quarter.value, -0.5f, turn);
  return {fma(rest, kPi, rest * kPiLow), static_cast<u32>(quarter.integer)};
}

float sin_rest(float x) {
  const float s = x * x;
  return fma(s * x, polynomial(s, -0x1.555546p-3f, 0x1.110776p-7f, -0x1.9952f6p-13f), x);
}
float cos_rest(float x) {
  const float s = x * x;
  return fma(s * s, polynomial(s, 0x1.55554ap-5f, -0x1.6c0c2ap-10f, 0x1.99e9p-16f), fma(s, -0.5f, 1.0f));
}

float sin_of(Angle angle) {
  const float value = select((angle.quadrant & 1u) != 0, cos_rest(angle.rest), sin_rest(angle.rest));
  return float_of(bits_of(value) ^ (angle.quadrant << 30 & kSignBit));
}
float cos_of(Angle angle) { return sin_of({angle.rest, angle.quadrant + 1u}); }

float tan_of(Angle angle) {
  const float sine = sin_rest(angle.rest);
  const float cosine = cos_rest(angle.rest);
  const bool is_odd = (angle.quadrant & 1u) != 0;
  return select(is_odd, -cosine, sine) / select(is_odd, sine, cosine);
}

}  // namespace

extern "C" {

float sin_f32(float x) MTL_DEVICE_FUNCTION("sin.f32");
float sin_f32(float x) {
  const float result = sin_of(reduce(x));
  return select(is_finite(x), select(x == 0.0f, x, result), kNaN);
}

float cos_f32(float x) MTL_DEVICE_FUNCTION("cos.f32");
float cos_f32(float x) {
  const float result = cos_of(reduce(x));
  return select(is_finite(x), result, kNaN);
}

/// Both at once, for one reduction.
float sincos_f32(float x, float* cosine) MTL_DEVICE_FUNCTION("sincos.f32");
float sincos_f32(float x, float* cosine) {
  const Angle angle = reduce(x);
  const float sine = sin_of(angle);
  *cosine = select(is_finite(x), cos_of(angle), kNaN);
  return select(is_finite(x), select(x == 0.0f, x, sine), kNaN);
}

float tan_f32(float x) MTL_DEVICE_FUNCTION("tan.f32");
float tan_f32(float x) {
  const float result = tan_of(reduce(x));
  return select(is_finite(x), select(x == 0.0f, x, result), kNaN);
}

float sinpi_f32(float x) MTL_DEVICE_FUNCTION("sinpi.f32");
float sinpi_f32(float x) {
  const float result = sin_of(reduce_pi(x));
  return select(is_finite(x), select(__builtin_truncf(x) == x, copy_sign(0.0f, x), result), kNaN);
}

float cospi_f32(float x) MTL_DEVICE_FUNCTION("cospi.f32");
float cospi_f32(float x) {
  const float result = cos_of(reduce_pi(x));
  return select(is_finite(x), select(result == 0.0f, 0.0f, result), kNaN);
}

float tanpi_f32(float x) MTL_DEVICE_FUNCTION("tanpi.f32");
float tanpi_f32(float x) {
  const Angle angle = reduce_pi(x);
  // At odd quarters the tangent is infinite: where it comes from below, as the angle's own quadrant tells.
  const float pole = select((angle.quadrant & 3u) == 1u, kInfinity, -kInfinity);
  const float result = select((angle.rest == 0.0f) & ((angle.quadrant & 1u) != 0), pole, tan_of(angle));
  return select(is_finite(x), select(__builtin_truncf(x) == x, copy_sign(0.0f, x), result), kNaN);
}
}

}  // namespace device
