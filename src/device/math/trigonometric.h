// Sine, cosine and arc tangent in double.
#pragma once

#include "device/math/float_bits.h"

namespace device {

inline constexpr double kPi = 0x1.921fb54442d18p+1;

/// An angle as a multiple of a quarter turn and a rest of at most an eighth turn.
struct ReducedAngle {
  double rest;
  u32 quadrant;
};

/// sin and cos of a rest, |x| <= pi / 4.
inline double sin_rest(double x) {
  constexpr double kSeries[] = {1.0,          -1.0 / 6,        1.0 / 120,        -1.0 / 5040,
                                1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000};
  return x * polynomial(x * x, kSeries);
}
inline double cos_rest(double x) {
  constexpr double kSeries[] = {1.0,         -1.0 / 2,       1.0 / 24,        -1.0 / 720,
                                1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600, -1.0 / 87178291200};
  return polynomial(x * x, kSeries);
}

inline double sin_reduced(ReducedAngle angle) {
  const double value = (angle.quadrant & 1) != 0 ? cos_rest(angle.rest) : sin_rest(angle.rest);
  return (angle.quadrant & 2) != 0 ? -value : value;
}
inline double cos_reduced(ReducedAngle angle) { return sin_reduced({angle.rest, angle.quadrant + 1}); }

/// Reduces any finite float, by the method of Payne and Hanek for large ones.
ReducedAngle reduce(float x);

/// The angle of (x, y), for finite arguments that are not both zero.
double atan2_double(double y, double x);

}  // namespace device
