// The exponential function, for whatever is made from it.
#pragma once

#include "device/math/float_bits.h"

namespace device {

/// e^r for |r| <= ln(2)/2: minimax on the rest after 1 + r.
inline float exp_rest(float r) {
  const float p = polynomial(r, 0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558bap-5f, 0x1.1239b2p-7f, 0x1.6a430ap-10f);
  return fma(r * r, p, r) + 1.0f;
}

/// e^x * 2^n, for n of -1 or 0. Over- and underflow as they should; NaN gives NaN.
inline float exp_scaled(float x, i32 n) {
  constexpr float kLog2E = 0x1.715476p+0f;
  constexpr float kLn2High = 0x1.62e4p-1f;  // 15 bits: its products with whole numbers are exact
  constexpr float kLn2Low = 0x1.7f7d1cp-20f;
  const float bounded = clamp(x, -105.0f, 90.5f);
  const Exponent k = nearest_exponent(bounded, kLog2E);
  const float r = fma(k.value, -kLn2Low, fma(k.value, -kLn2High, bounded));
  return scale(exp_rest(r), {k.value, k.bits + static_cast<u32>(n)});
}

/// 2^(high + low), for a low part far below the high one. Over- and underflow as they should; NaN gives NaN.
inline float exp2_sum(float high, float low) {
  const float bounded = clamp(high, -160.0f, 140.0f);
  const Exponent k = nearest_exponent(bounded, 1.0f);
  const float f = (bounded - k.value) + low;
  const float p =
      polynomial(f, 0x1.62e43p-1f, 0x1.ebfbdcp-3f, 0x1.c6af7ap-5f, 0x1.3b2ddep-7f, 0x1.5f09a4p-10f, 0x1.416f22p-13f);
  return scale(fma(f, p, 1.0f), k);
}

}  // namespace device
