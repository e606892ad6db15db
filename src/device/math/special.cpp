// Error and gamma functions.
#include "device/math/exponential.h"
#include "device/math/trigonometric.h"

namespace device {
namespace {

/// erfc for x >= 0, as t exp(-x^2 + P) with t = 2 / (2 + x) and P a Chebyshev fit over 0 <= x <= 10.3, good to 1e-10.
double erfc_positive(double x) {
  if (x > 10.3) return 0.0;
  constexpr double kFit[] = {-0.561376959276909953,    0.572932666978693057,      0.0163342293724112655,
                             -0.0298831570733643582,   -0.00115641615832897212,   0.00381261372250513415,
                             -0.000273982118731074197, -0.000571268998820188897,  0.000149773103967140325,
                             0.0000713694633222765576, -0.0000397749758984618571, -4.14533455889325445e-6,
                             5.40274415774281907e-6,   -3.51359657553166436e-7};
  constexpr double kLowest = 0.1626016260162601626;
  const double t = 2 / (2 + x);
  const double u = (t - kLowest) / (1 - kLowest) * 2 - 1;
  return t * exp_double(-x * x + polynomial(u, kFit));
}

/// Taylor's series, for |x| < 1/2, where 1 - erfc would lose digits.
double erf_small(double x) {
  constexpr double kSeries[] = {1.0,         -1.0 / 3,   1.0 / 10,     -1.0 / 42,   1.0 / 216,
                                -1.0 / 1320, 1.0 / 9360, -1.0 / 75600, 1.0 / 685440};
  constexpr double kTwoOverSqrtPi = 1.1283791670955126;
  return kTwoOverSqrtPi * x * polynomial(x * x, kSeries);
}

/// Lanczos' approximation (g = 7, nine terms): the sum, for x > 0.
double lanczos_sum(double x) {
  constexpr double kTerms[] = {676.5203681218851,  -1259.1392167224028,  771.32342877765313,    -176.61502916214059,
                               12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7};
  double sum = 0.99999999999980993;
  for (int i = 0; i < 8; ++i) sum += kTerms[i] / (x + i);
  return sum;
}

double log_gamma_positive(double x) {
  constexpr double kHalfLogTwoPi = 0.91893853320467274;
  const double t = x + 6.5;
  return kHalfLogTwoPi + (x - 0.5) * log_double(t) - t + log_double(lanczos_sum(x));
}

/// sin(pi x), exact reduction.
double sin_pi(double x) {
  const double turn = x - 2 * __builtin_rint(x / 2);
  const double quarter = __builtin_rint(turn * 2);
  return sin_reduced({(turn - quarter / 2) * kPi, static_cast<u32>(static_cast<i32>(quarter))});
}

}  // namespace

extern "C" {

float erf_f32(float x) MTL_DEVICE_FUNCTION("erf.f32");
float erf_f32(float x) {
  if (is_nan(x) || x == 0.0f) return x;
  const double d = __builtin_fabsf(x);
  return copy_sign(static_cast<float>(d < 0.5 ? erf_small(d) : 1 - erfc_positive(d)), x);
}

float erfc_f32(float x) MTL_DEVICE_FUNCTION("erfc.f32");
float erfc_f32(float x) {
  if (is_nan(x)) return x;
  const double d = __builtin_fabsf(x);
  const double positive = d < 0.5 ? 1 - erf_small(d) : erfc_positive(d);
  return static_cast<float>(x < 0.0f ? 2 - positive : positive);
}

float tgamma_f32(float x) MTL_DEVICE_FUNCTION("tgamma.f32");
float tgamma_f32(float x) {
  if (is_nan(x)) return x;
  if (x == 0.0f) return copy_sign(kInfinity, x);
  if (is_infinite(x)) return x > 0.0f ? x : kNaN;
  const double d = x;
  if (x > 0.0f) return static_cast<float>(exp_double(clamp_exponent(log_gamma_positive(d))));
  if (__builtin_trunc(d) == d) return kNaN;
  return static_cast<float>(kPi / (sin_pi(d) * exp_double(clamp_exponent(log_gamma_positive(1 - d)))));
}

float lgamma_f32(float x) MTL_DEVICE_FUNCTION("lgamma.f32");
float lgamma_f32(float x) {
  if (is_nan(x)) return x;
  if (is_infinite(x)) return kInfinity;
  const double d = x;
  if (x > 0.0f) return x == 1.0f || x == 2.0f ? 0.0f : static_cast<float>(log_gamma_positive(d));
  if (__builtin_trunc(d) == d) return kInfinity;
  return static_cast<float>(log_double(kPi / __builtin_fabs(sin_pi(d))) - log_gamma_positive(1 - d));
}
}

}  // namespace device
