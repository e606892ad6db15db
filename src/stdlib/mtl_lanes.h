// Builds moves, reductions and scans of every type from the cross-lane intrinsics.
#ifndef MTL_LANES_H
#define MTL_LANES_H

#include <mtl_intrinsics.h>
#include <mtl_overloads.h>

#define MTL_LANE_FUNC inline __attribute__((__always_inline__, convergent))

namespace metal {
namespace __mtl {

// The bits of a scalar in 32 or 64 bits, and back.
template <class T>
MTL_FUNC auto to_lane_bits(T value) {
  if constexpr (sizeof(T) == 8)
    return __builtin_bit_cast(ulong, value);
  else if constexpr (sizeof(T) == 4)
    return __builtin_bit_cast(uint, value);
  else if constexpr (sizeof(T) == 2)
    return uint(__builtin_bit_cast(ushort, value));
  else
    return uint(uchar(value));
}
template <class T, class Bits>
MTL_FUNC T from_lane_bits(Bits bits) {
  if constexpr (sizeof(T) == sizeof(Bits))
    return __builtin_bit_cast(T, bits);
  else if constexpr (sizeof(T) == 2)
    return __builtin_bit_cast(T, ushort(bits));
  else
    return T(uchar(bits));
}

#define MTL_MOVE(NAME)                                                      \
  template <class T>                                                        \
  MTL_LANE_FUNC T NAME(T value, uint lane) {                                \
    return from_lane_bits<T>(__mtl_simd_##NAME(to_lane_bits(value), lane)); \
  }
MTL_MOVE(shuffle)
MTL_MOVE(shuffle_up)
MTL_MOVE(shuffle_down)
MTL_MOVE(shuffle_xor)
MTL_MOVE(rotate_up)
MTL_MOVE(rotate_down)
#undef MTL_MOVE

template <class T>
MTL_LANE_FUNC T broadcast_first(T value) {
  return from_lane_bits<T>(__mtl_simd_broadcast_first(to_lane_bits(value)));
}

// The type an operation computes in: float, or an integer of 32 or 64 bits, signed where the sign plays no part.
template <class T>
using sum_type = conditional_t<__is_floating_point(T), float, conditional_t<sizeof(T) == 8, long, int>>;
template <class T>
using order_type = conditional_t<__is_floating_point(T), float,
                                 conditional_t<__is_signed(T), conditional_t<sizeof(T) == 8, long, int>,
                                               conditional_t<sizeof(T) == 8, ulong, uint>>>;

#define MTL_REDUCE(NAME, INTRINSIC, TYPE)             \
  template <class T>                                  \
  MTL_LANE_FUNC T NAME(T value) {                     \
    return T(__mtl_simd_##INTRINSIC(TYPE<T>(value))); \
  }
MTL_REDUCE(sum, sum, sum_type)
MTL_REDUCE(product, product, sum_type)
MTL_REDUCE(minimum, min, order_type)
MTL_REDUCE(maximum, max, order_type)
MTL_REDUCE(bits_and, and, sum_type)
MTL_REDUCE(bits_or, or, sum_type)
MTL_REDUCE(bits_xor, xor, sum_type)
MTL_REDUCE(prefix_inclusive_sum, prefix_inclusive_sum, sum_type)
MTL_REDUCE(prefix_exclusive_sum, prefix_exclusive_sum, sum_type)
MTL_REDUCE(prefix_inclusive_product, prefix_inclusive_product, sum_type)
MTL_REDUCE(prefix_exclusive_product, prefix_exclusive_product, sum_type)
#undef MTL_REDUCE

// Shuffles in rows of `width` lanes; what would come from beyond the row comes from `filling` instead.
template <class T>
MTL_LANE_FUNC T fill_up(T value, T filling, uint delta, uint width) {
  uint lane = __mtl_simd_lane();
  bool inside = lane % width >= delta;
  uint source = inside ? lane - delta : lane - delta + width;
  T moved = shuffle(value, source), filled = shuffle(filling, source);
  return inside ? moved : filled;
}
template <class T>
MTL_LANE_FUNC T fill_down(T value, T filling, uint delta, uint width) {
  uint lane = __mtl_simd_lane();
  bool inside = lane % width + delta < width;
  uint source = inside ? lane + delta : lane + delta - width;
  T moved = shuffle(value, source), filled = shuffle(filling, source);
  return inside ? moved : filled;
}

}  // namespace __mtl
}  // namespace metal

// Exposes OPERATION on a scalar as NAME on scalars and vectors.
#define MTL_LANE_MOVE(NAME, OPERATION)                                           \
  template <class T>                                                             \
  MTL_LANE_FUNC enable_if_t<__mtl::is_number<T>, T> NAME(T value, ushort lane) { \
    return OPERATION(value, uint(lane));                                         \
  }                                                                              \
  template <class T, int N>                                                      \
  MTL_LANE_FUNC vec<T, N> NAME(vec<T, N> value, ushort lane) {                   \
    for (int i = 0; i < N; ++i) value[i] = OPERATION(value[i], uint(lane));      \
    return value;                                                                \
  }
#define MTL_LANE_REDUCE(NAME, OPERATION)                            \
  template <class T>                                                \
  MTL_LANE_FUNC enable_if_t<__mtl::is_number<T>, T> NAME(T value) { \
    return OPERATION(value);                                        \
  }                                                                 \
  template <class T, int N>                                         \
  MTL_LANE_FUNC vec<T, N> NAME(vec<T, N> value) {                   \
    for (int i = 0; i < N; ++i) value[i] = OPERATION(value[i]);     \
    return value;                                                   \
  }
#define MTL_LANE_FILL(NAME, OPERATION, WIDTH)                                                               \
  template <class T>                                                                                        \
  MTL_LANE_FUNC enable_if_t<__mtl::is_number<T>, T> NAME(T value, type_identity_t<T> filling, ushort delta, \
                                                         ushort width = WIDTH) {                            \
    return OPERATION(value, T(filling), uint(delta), uint(width));                                          \
  }                                                                                                         \
  template <class T, int N>                                                                                 \
  MTL_LANE_FUNC vec<T, N> NAME(vec<T, N> value, type_identity_t<vec<T, N>> filling, ushort delta,           \
                               ushort width = WIDTH) {                                                      \
    for (int i = 0; i < N; ++i) value[i] = OPERATION(value[i], filling[i], uint(delta), uint(width));       \
    return value;                                                                                           \
  }

#endif
