// The private builtins of Apple's compiler that programs are known to call, in terms of the public functions. The last
// argument of the math ones chooses fast or precise variants, which are the same here.
#ifndef MTL_PRIVATE_BUILTINS_H
#define MTL_PRIVATE_BUILTINS_H

#include <metal_as_type>
#include <metal_math>
#include <metal_simdgroup>

#define MTL_PRIVATE_MATH_1(NAME)                                                                                       \
  template <class T> inline T __metal_##NAME(T x, bool = true) { return metal::NAME(x); }
MTL_PRIVATE_MATH_1(acos)
MTL_PRIVATE_MATH_1(acosh)
MTL_PRIVATE_MATH_1(asin)
MTL_PRIVATE_MATH_1(asinh)
MTL_PRIVATE_MATH_1(atan)
MTL_PRIVATE_MATH_1(atanh)
MTL_PRIVATE_MATH_1(ceil)
MTL_PRIVATE_MATH_1(cos)
MTL_PRIVATE_MATH_1(cosh)
MTL_PRIVATE_MATH_1(cospi)
MTL_PRIVATE_MATH_1(exp)
MTL_PRIVATE_MATH_1(exp10)
MTL_PRIVATE_MATH_1(exp2)
MTL_PRIVATE_MATH_1(fabs)
MTL_PRIVATE_MATH_1(floor)
MTL_PRIVATE_MATH_1(fract)
MTL_PRIVATE_MATH_1(log)
MTL_PRIVATE_MATH_1(log10)
MTL_PRIVATE_MATH_1(log2)
MTL_PRIVATE_MATH_1(rint)
MTL_PRIVATE_MATH_1(round)
MTL_PRIVATE_MATH_1(rsqrt)
MTL_PRIVATE_MATH_1(sin)
MTL_PRIVATE_MATH_1(sinh)
MTL_PRIVATE_MATH_1(sinpi)
MTL_PRIVATE_MATH_1(sqrt)
MTL_PRIVATE_MATH_1(tan)
MTL_PRIVATE_MATH_1(tanh)
MTL_PRIVATE_MATH_1(tanpi)
MTL_PRIVATE_MATH_1(trunc)
#undef MTL_PRIVATE_MATH_1

#define MTL_PRIVATE_MATH_2(NAME)                                                                                       \
  template <class T> inline T __metal_##NAME(T x, T y, bool = true) { return metal::NAME(x, y); }
MTL_PRIVATE_MATH_2(atan2)
MTL_PRIVATE_MATH_2(copysign)
MTL_PRIVATE_MATH_2(fdim)
MTL_PRIVATE_MATH_2(fmax)
MTL_PRIVATE_MATH_2(fmin)
MTL_PRIVATE_MATH_2(fmod)
MTL_PRIVATE_MATH_2(nextafter)
MTL_PRIVATE_MATH_2(pow)
MTL_PRIVATE_MATH_2(powr)
#undef MTL_PRIVATE_MATH_2
template <class T> inline T __metal_divide(T x, T y, bool = true) { return x / y; }

#define MTL_PRIVATE_MATH_3(NAME)                                                                                       \
  template <class T> inline T __metal_##NAME(T x, T y, T z, bool = true) { return metal::NAME(x, y, z); }
MTL_PRIVATE_MATH_3(fma)
MTL_PRIVATE_MATH_3(fmax3)
MTL_PRIVATE_MATH_3(fmedian3)
MTL_PRIVATE_MATH_3(fmin3)
#undef MTL_PRIVATE_MATH_3

template <class T> inline T __metal_ldexp(T x, int n, bool = true) { return metal::ldexp(x, n); }
template <class T, class E> inline T __metal_frexp(T x, E *exponent, bool = true) {
  int power;
  T fraction = metal::frexp(x, power);
  *exponent = E(power);
  return fraction;
}

#define MTL_PRIVATE_SIMD_1(NAME)                                                                                       \
  template <class T> __attribute__((convergent)) inline T __metal_##NAME(T x) { return metal::NAME(x); }
MTL_PRIVATE_SIMD_1(simd_sum)
MTL_PRIVATE_SIMD_1(simd_product)
MTL_PRIVATE_SIMD_1(simd_min)
MTL_PRIVATE_SIMD_1(simd_max)
MTL_PRIVATE_SIMD_1(simd_prefix_inclusive_sum)
MTL_PRIVATE_SIMD_1(simd_prefix_inclusive_product)
MTL_PRIVATE_SIMD_1(simd_prefix_exclusive_sum)
MTL_PRIVATE_SIMD_1(simd_prefix_exclusive_product)
#undef MTL_PRIVATE_SIMD_1

// Programs instantiate these for float too: then they work on its bits.
#define MTL_PRIVATE_SIMD_BITS(NAME)                                                                                    \
  template <class T> __attribute__((convergent)) inline T __metal_##NAME(T x) {                                        \
    if constexpr (metal::is_same_v<T, float>)                                                                          \
      return as_type<float>(metal::NAME(as_type<uint>(x)));                                                            \
    else                                                                                                               \
      return metal::NAME(x);                                                                                           \
  }
MTL_PRIVATE_SIMD_BITS(simd_and)
MTL_PRIVATE_SIMD_BITS(simd_or)
MTL_PRIVATE_SIMD_BITS(simd_xor)
#undef MTL_PRIVATE_SIMD_BITS

#define MTL_PRIVATE_SIMD_2(NAME)                                                                                       \
  template <class T> __attribute__((convergent)) inline T __metal_##NAME(T x, ushort lane) {                           \
    return metal::NAME(x, lane);                                                                                       \
  }
MTL_PRIVATE_SIMD_2(simd_broadcast)
MTL_PRIVATE_SIMD_2(simd_shuffle)
MTL_PRIVATE_SIMD_2(simd_shuffle_down)
MTL_PRIVATE_SIMD_2(simd_shuffle_rotate_down)
MTL_PRIVATE_SIMD_2(simd_shuffle_rotate_up)
MTL_PRIVATE_SIMD_2(simd_shuffle_up)
MTL_PRIVATE_SIMD_2(simd_shuffle_xor)
#undef MTL_PRIVATE_SIMD_2

template <class T>
__attribute__((convergent)) inline T __metal_simd_shuffle_and_fill_up(T x, T fill, ushort delta, ushort modulo = 32) {
  return metal::simd_shuffle_and_fill_up(x, fill, delta, modulo);
}
template <class T>
__attribute__((convergent)) inline T __metal_simd_shuffle_and_fill_down(T x, T fill, ushort delta, ushort modulo = 32) {
  return metal::simd_shuffle_and_fill_down(x, fill, delta, modulo);
}

inline ushort __metal_get_simdgroup_size(ushort) { return 32; }
inline ushort __metal_get_thread_index_in_simdgroup(ushort) { return ushort(__mtl_simd_lane()); }

#endif
