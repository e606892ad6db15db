// exp, exp2 and exp10: the argument is split into a whole power of two and a rest, whose power is a minimax polynomial
// (the scheme of Cody and Waite, Software Manual for the Elementary Functions; coefficients fitted for this file).
#include "device/math/exponential.h"

namespace device {
extern "C" {

float exp_f32(float x) MTL_DEVICE_FUNCTION("exp.f32");
float exp_f32(float x) { return exp_scaled(x, 0); }

float exp2_f32(float x) MTL_DEVICE_FUNCTION("exp2.f32");
float exp2_f32(float x) { return exp2_sum(x, 0.0f); }

float exp10_f32(float x) MTL_DEVICE_FUNCTION("exp10.f32");
float exp10_f32(float x) {
  constexpr float kLog2Of10 = 0x1.a934fp+1f;
  constexpr float kLog10Of2High = 0x1.344p-2f;
  constexpr float kLog10Of2Low = 0x1.3509f8p-18f;
  constexpr float kLn10 = 0x1.26bb1cp+1f;
  constexpr float kLn10Low = -0x1.12aabap-25f;
  const float bounded = clamp(x, -46.0f, 39.5f);
  const Exponent k = nearest_exponent(bounded, kLog2Of10);
  const float rest = fma(k.value, -kLog10Of2Low, fma(k.value, -kLog10Of2High, bounded));
  // The low part of the product decides whether whole powers of ten come out whole.
  const float r = rest * kLn10;
  const float low = fma(rest, kLn10Low, fma(rest, kLn10, -r));
  const float power = exp_rest(r);
  return scale(fma(power, low, power), k);
}
}

}  // namespace device
