// Defines the math functions on one scalar. half and bfloat compute through float.
#ifndef MTL_MATH_SCALAR_H
#define MTL_MATH_SCALAR_H

#include <mtl_device_math.h>
#include <mtl_overloads.h>

namespace metal {
namespace __mtl {

#define MTL_THROUGH_FLOAT_1(NAME, EXPRESSION) \
  template <class T>                          \
  MTL_MATH_FUNC T NAME(T a) {                 \
    float x = float(a);                       \
    return T(EXPRESSION);                     \
  }
#define MTL_THROUGH_FLOAT_2(NAME, EXPRESSION) \
  template <class T>                          \
  MTL_MATH_FUNC T NAME(T a, T b) {            \
    float x = float(a), y = float(b);         \
    return T(EXPRESSION);                     \
  }

template <class T>
inline constexpr float below_one = sizeof(T) == 4 ? 0x1.fffffep-1f : __is_same(T, half) ? 0x1.ffcp-1f : 0x1.fep-1f;

// Never 1, to which the rest of a small negative number is rounded.
template <class T>
MTL_MATH_FUNC T fract(T a) {
  float x = float(a);
  T rest = T(x - __builtin_elementwise_floor(x));
  return rest >= T(1) ? T(below_one<T>) : rest;
}

MTL_THROUGH_FLOAT_1(acos, __mtl_acos(x))
MTL_THROUGH_FLOAT_1(acosh, __mtl_acosh(x))
MTL_THROUGH_FLOAT_1(asin, __mtl_asin(x))
MTL_THROUGH_FLOAT_1(asinh, __mtl_asinh(x))
MTL_THROUGH_FLOAT_1(atan, __mtl_atan(x))
MTL_THROUGH_FLOAT_1(atanh, __mtl_atanh(x))
MTL_THROUGH_FLOAT_1(cos, __mtl_cos(x))
MTL_THROUGH_FLOAT_1(cosh, __mtl_cosh(x))
MTL_THROUGH_FLOAT_1(cospi, __mtl_cospi(x))
MTL_THROUGH_FLOAT_1(exp, __mtl_exp(x))
MTL_THROUGH_FLOAT_1(exp10, __mtl_exp10(x))
MTL_THROUGH_FLOAT_1(exp2, __mtl_exp2(x))
MTL_THROUGH_FLOAT_1(log, __mtl_log(x))
MTL_THROUGH_FLOAT_1(log10, __mtl_log10(x))
MTL_THROUGH_FLOAT_1(log2, __mtl_log2(x))
MTL_THROUGH_FLOAT_1(rsqrt, __mtl_rsqrt(x))
MTL_THROUGH_FLOAT_1(sin, __mtl_sin(x))
MTL_THROUGH_FLOAT_1(sinh, __mtl_sinh(x))
MTL_THROUGH_FLOAT_1(sinpi, __mtl_sinpi(x))
MTL_THROUGH_FLOAT_1(tan, __mtl_tan(x))
MTL_THROUGH_FLOAT_1(tanh, __mtl_tanh(x))
MTL_THROUGH_FLOAT_1(tanpi, __mtl_tanpi(x))
MTL_THROUGH_FLOAT_1(ceil, __builtin_elementwise_ceil(x))
MTL_THROUGH_FLOAT_1(fabs, __builtin_elementwise_abs(x))
MTL_THROUGH_FLOAT_1(floor, __builtin_elementwise_floor(x))
MTL_THROUGH_FLOAT_1(rint, __builtin_elementwise_rint(x))
MTL_THROUGH_FLOAT_1(round, __builtin_elementwise_round(x))
MTL_THROUGH_FLOAT_1(sqrt, __builtin_elementwise_sqrt(x))
MTL_THROUGH_FLOAT_1(trunc, __builtin_elementwise_trunc(x))

MTL_THROUGH_FLOAT_2(atan2, __mtl_atan2(x, y))
MTL_THROUGH_FLOAT_2(copysign, __builtin_elementwise_copysign(x, y))
MTL_THROUGH_FLOAT_2(divide, x / y)
MTL_THROUGH_FLOAT_2(fdim, x <= y ? 0.0f : x - y)
MTL_THROUGH_FLOAT_2(fmax, __builtin_elementwise_maxnum(x, y))
MTL_THROUGH_FLOAT_2(fmin, __builtin_elementwise_minnum(x, y))
MTL_THROUGH_FLOAT_2(fmod, __mtl_fmod(x, y))
MTL_THROUGH_FLOAT_2(pow, __mtl_pow(x, y))
MTL_THROUGH_FLOAT_2(powr, __mtl_powr(x, y))
#undef MTL_THROUGH_FLOAT_1
#undef MTL_THROUGH_FLOAT_2

MTL_MATH_FUNC float fma(float a, float b, float c) { return __builtin_elementwise_fma(a, b, c); }

// A float that lies between two neighbours of T is made odd in its last bit, so that the second rounding sees on which
// side of the middle it was. The product of two halves is exact in float.
template <class T>
MTL_MATH_FUNC T fma(T a, T b, T c) {
  float product = float(a) * float(b), addend = float(c);
  float sum = __builtin_elementwise_fma(float(a), float(b), addend);
  float virtual_addend = sum - product;
  float lost = (product - (sum - virtual_addend)) + (addend - virtual_addend);
  uint bits = __builtin_bit_cast(uint, sum);
  bool is_even = (bits & 1u) == 0u, grows = (lost > 0.0f) == (sum > 0.0f);
  bool is_rounded = lost > 0.0f || lost < 0.0f;
  return T(__builtin_bit_cast(float, is_even && is_rounded ? (grows ? bits + 1u : bits - 1u) : bits));
}
template <class T>
MTL_MATH_FUNC T fmax3(T a, T b, T c) {
  return fmax(fmax(a, b), c);
}
template <class T>
MTL_MATH_FUNC T fmin3(T a, T b, T c) {
  return fmin(fmin(a, b), c);
}
template <class T>
MTL_MATH_FUNC T fmedian3(T a, T b, T c) {
  return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

MTL_MATH_FUNC float nextafter(float a, float b) { return __mtl_nextafter(a, b); }

// The neighbour of a 16-bit float; the order of its bit patterns is that of its magnitudes.
template <class T>
MTL_MATH_FUNC T nextafter(T a, T b) {
  float x = float(a), y = float(b);
  ushort bits = __builtin_bit_cast(ushort, a);
  if (x != x || y != y) return T(x + y);
  if (x == y) return b;
  if (x == 0.0f) return __builtin_bit_cast(T, ushort(y > 0.0f ? 0x0001 : 0x8001));
  return __builtin_bit_cast(T, ushort((x < y) == (x > 0.0f) ? bits + 1 : bits - 1));
}

template <class T>
MTL_MATH_FUNC T ldexp(T a, int n) {
  return T(__mtl_ldexp(float(a), n));
}
template <class T>
MTL_MATH_FUNC int ilogb(T a) {
  return __mtl_ilogb(float(a));
}

}  // namespace __mtl
}  // namespace metal

#endif
