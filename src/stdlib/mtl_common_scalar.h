// Defines min, max and the common functions on one scalar of any type.
#ifndef MTL_COMMON_SCALAR_H
#define MTL_COMMON_SCALAR_H

#include <mtl_overloads.h>

namespace metal {
namespace __mtl {

// The number wins over a NaN.
template <class T>
MTL_MATH_FUNC T max(T a, T b) {
  if constexpr (__is_floating_point(T))
    return T(__builtin_elementwise_maxnum(float(a), float(b)));
  else
    return a < b ? b : a;
}
template <class T>
MTL_MATH_FUNC T min(T a, T b) {
  if constexpr (__is_floating_point(T))
    return T(__builtin_elementwise_minnum(float(a), float(b)));
  else
    return b < a ? b : a;
}
template <class T>
MTL_MATH_FUNC T max3(T a, T b, T c) {
  return max(max(a, b), c);
}
template <class T>
MTL_MATH_FUNC T min3(T a, T b, T c) {
  return min(min(a, b), c);
}
template <class T>
MTL_MATH_FUNC T median3(T a, T b, T c) {
  return max(min(a, b), min(max(a, b), c));
}
template <class T>
MTL_MATH_FUNC T clamp(T a, T low, T high) {
  return min(max(a, low), high);
}

template <class T>
MTL_MATH_FUNC T abs(T a) {
  if constexpr (__is_floating_point(T))
    return T(__builtin_elementwise_abs(float(a)));
  else if constexpr (__is_unsigned(T))
    return a;
  else
    return a < T(0) ? T(make_unsigned_t<T>(0) - make_unsigned_t<T>(a)) : a;
}

template <class T>
MTL_MATH_FUNC T saturate(T a) {
  return clamp(a, T(0), T(1));
}
template <class T>
MTL_MATH_FUNC T mix(T a, T b, T share) {
  return T(a + (b - a) * share);
}
template <class T>
MTL_MATH_FUNC T step(T edge, T a) {
  return a < edge ? T(0) : T(1);
}
template <class T>
MTL_MATH_FUNC T smoothstep(T low, T high, T a) {
  T share = saturate(T((a - low) / (high - low)));
  return T(share * share * (T(3) - T(2) * share));
}

// Zero keeps its sign, and the sign of a NaN is 0.
template <class T>
MTL_MATH_FUNC T sign(T a) {
  float x = float(a);
  float one = x != 0.0f && x == x ? 1.0f : 0.0f;
  return T(__builtin_elementwise_copysign(one, x == x ? x : 1.0f));
}

}  // namespace __mtl
}  // namespace metal

#endif
