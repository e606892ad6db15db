// pow and powr as 2^(y log2 x), with the logarithm and the product carried in two floats. The special cases are those
// of IEEE 754's pow and powr.
#include "device/math/exponential.h"
#include "device/math/logarithm.h"

namespace device {
namespace {

/// |x|^y, also for zero and infinity; wrong for NaN, y = 0 and |x| = 1.
float power_of_magnitude(float x, float y) {
  const float base = magnitude(x);
  const bool is_ordinary = (base > 0.0f) & (base < kInfinity);
  const Sum found = binary_log(log_parts(base));
  const float log = select(is_ordinary, found.high, select(base == 0.0f, -kInfinity, kInfinity));
  const float high = y * log;
  const float low = fma(y, found.low, fma(y, log, -high));
  return exp2_sum(high, select(magnitude(high) < 200.0f, low, 0.0f));
}

}  // namespace

extern "C" {

float pow_f32(float x, float y) MTL_DEVICE_FUNCTION("pow.f32");
float pow_f32(float x, float y) {
  const float half = y * 0.5f;
  const bool is_whole = __builtin_truncf(y) == y;
  const bool is_odd = is_whole & (__builtin_truncf(half) != half);
  float result = select(magnitude(x) == 1.0f, 1.0f, power_of_magnitude(x, y));
  result = select(is_negative(x) & is_odd, -result, result);
  result = select((x < 0.0f) & is_finite(x) & !is_whole, kNaN, result);
  result = select(is_unordered(x, y), kNaN, result);
  return select((y == 0.0f) | (x == 1.0f), 1.0f, result);
}

float powr_f32(float x, float y) MTL_DEVICE_FUNCTION("powr.f32");
float powr_f32(float x, float y) {
  const bool has_no_order = is_unordered(x, y);
  const bool is_infinite_y = !is_finite(y);
  const bool is_undefined =
      has_no_order | (x < 0.0f) | ((y == 0.0f) & ((x == 0.0f) | (x == kInfinity))) | ((x == 1.0f) & is_infinite_y);
  const float result = select((y == 0.0f) | (x == 1.0f), 1.0f, power_of_magnitude(x, y));
  return select(is_undefined, kNaN, result);
}
}

}  // namespace device
