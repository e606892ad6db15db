// rsqrt, correctly rounded: the rounded quotient, and one of Halley's steps with an exact residual.
#include "device/math/float_bits.h"

namespace device {
extern "C" {

float rsqrt_f32(float x) MTL_DEVICE_FUNCTION("rsqrt.f32");
float rsqrt_f32(float x) {
  const float y = 1.0f / __builtin_sqrtf(x);
  const float product = x * y;
  const float rest = fma(x, y, -product);
  const float residual = fma(rest, -y, fma(product, -y, 1.0f));
  const float better = fma(y * residual, fma(residual, 0.375f, 0.5f), y);
  // Infinity and zero have no residual.
  return select(is_nan(better), y, better);
}
}

}  // namespace device
