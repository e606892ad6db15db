// log, log2 and log10: exponent and mantissa apart, a minimax polynomial for the mantissa, and the large terms carried
// in two floats (after Tang, Table-Driven Implementation of the Logarithm Function, without the table; coefficients
// fitted for this file).
#include "device/math/logarithm.h"

namespace device {
extern "C" {

float log_f32(float x) MTL_DEVICE_FUNCTION("log.f32");
float log_f32(float x) { return finish_log(x, natural_log(log_parts(x), 0.0f)); }

float log2_f32(float x) MTL_DEVICE_FUNCTION("log2.f32");
float log2_f32(float x) { return finish_log(x, binary_log(log_parts(x)).high); }

float log10_f32(float x) MTL_DEVICE_FUNCTION("log10.f32");
float log10_f32(float x) {
  constexpr float kLog10E = 0x1.bcb7b2p-2f;
  constexpr float kLog10ELow = -0x1.5b235ep-27f;
  constexpr float kLog10Of2High = 0x1.344p-2f;
  constexpr float kLog10Of2Low = 0x1.3509f8p-18f;
  const LogParts parts = log_parts(x);
  const float product = parts.high * kLog10E;
  const float rest = fma(parts.low, kLog10E, fma(parts.high, kLog10ELow, fma(parts.high, kLog10E, -product)));
  return finish_log(x, fma(parts.exponent, kLog10Of2High, product + fma(parts.exponent, kLog10Of2Low, rest)));
}
}

}  // namespace device
