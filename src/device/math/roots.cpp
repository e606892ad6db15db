// rsqrt, correctly rounded: the rounded quotient, and one of Newton's steps with an exact residual.
#include "device/math/float_bits.h"

namespace device {
extern "C" {

float rsqrt_f32(float x) MTL_DEVICE_FUNCTION("rsqrt.f32");
float rsqrt_f32(float x) {
  const float y = 1.0f / __builtin_sqrtf(x);
  const float product = x * y;
  const float residual = fma(-product, y, 1.0f) - fma(x, y, -product) * y;
  const float better = fma(y * 0.5f, residual, y);
  // Infinity, zero and NaN have no residual.
  return select((y > 0.0f) & (y < kInfinity), better, y);
}
}

}  // namespace device
