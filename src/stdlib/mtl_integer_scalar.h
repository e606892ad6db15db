// Defines the integer functions on one scalar.
#ifndef MTL_INTEGER_SCALAR_H
#define MTL_INTEGER_SCALAR_H

#include <mtl_overloads.h>

namespace metal {
namespace __mtl {

template <class T>
inline constexpr int bits_of = int(sizeof(T)) * 8;
template <class T>
using unsigned_of = __make_unsigned(T);

template <class T>
MTL_MATH_FUNC T clz(T a) {
  return T(__builtin_clzg(unsigned_of<T>(a), bits_of<T>));
}
template <class T>
MTL_MATH_FUNC T ctz(T a) {
  return T(__builtin_ctzg(unsigned_of<T>(a), bits_of<T>));
}
template <class T>
MTL_MATH_FUNC T popcount(T a) {
  return T(__builtin_popcountg(unsigned_of<T>(a)));
}
template <class T>
MTL_MATH_FUNC T reverse_bits(T a) {
  return T(__builtin_elementwise_bitreverse(a));
}
template <class T>
MTL_MATH_FUNC T rotate(T a, T count) {
  typedef unsigned_of<T> U;
  U u = U(a), left = U(count) & U(bits_of<T> - 1), right = U(U(0) - left) & U(bits_of<T> - 1);
  return T(U(u << left) | U(u >> right));
}

template <class T>
MTL_MATH_FUNC T addsat(T a, T b) {
  return __builtin_elementwise_add_sat(a, b);
}
template <class T>
MTL_MATH_FUNC T subsat(T a, T b) {
  return __builtin_elementwise_sub_sat(a, b);
}
template <class T>
MTL_MATH_FUNC T hadd(T a, T b) {
  return T((a & b) + ((a ^ b) >> 1));
}
template <class T>
MTL_MATH_FUNC T rhadd(T a, T b) {
  return T((a | b) - ((a ^ b) >> 1));
}
template <class T>
MTL_MATH_FUNC unsigned_of<T> absdiff(T a, T b) {
  typedef unsigned_of<T> U;
  return a < b ? U(U(b) - U(a)) : U(U(a) - U(b));
}

// Wraps around in every type, as Metal's integers do.
template <class T>
MTL_MATH_FUNC T wrapping_add(T a, T b) {
  return T(unsigned_of<T>(a) + unsigned_of<T>(b));
}

template <class T>
MTL_MATH_FUNC T mulhi(T a, T b) {
  if constexpr (sizeof(T) < 4) {
    return T((int(a) * int(b)) >> bits_of<T>);
  } else if constexpr (sizeof(T) == 4) {
    typedef conditional_t<__is_signed(T), long, ulong> Wide;
    return T((Wide(a) * Wide(b)) >> 32);
  } else {
    ulong u = ulong(a), v = ulong(b);
    ulong low = (u & 0xfffffffful) * (v & 0xfffffffful);
    ulong cross = (u >> 32) * (v & 0xfffffffful) + (low >> 32);
    ulong middle = (u & 0xfffffffful) * (v >> 32) + (cross & 0xfffffffful);
    ulong high = (u >> 32) * (v >> 32) + (cross >> 32) + (middle >> 32);
    if constexpr (__is_signed(T)) high -= (a < 0 ? v : 0ul) + (b < 0 ? u : 0ul);
    return T(high);
  }
}
template <class T>
MTL_MATH_FUNC T madhi(T a, T b, T c) {
  return wrapping_add(mulhi(a, b), c);
}

// a * b + c, held at the ends of the type.
template <class T>
MTL_MATH_FUNC T madsat(T a, T b, T c) {
  if constexpr (sizeof(T) < 8) {
    typedef conditional_t<__is_signed(T), long, ulong> Wide;
    constexpr Wide highest = Wide(unsigned_of<T>(~unsigned_of<T>(0)) >> (__is_signed(T) ? 1 : 0));
    constexpr Wide lowest = __is_signed(T) ? -highest - 1 : 0;
    Wide sum = Wide(a) * Wide(b) + Wide(c);
    return T(sum > highest ? highest : sum < lowest ? lowest : sum);
  } else {
    typedef unsigned_of<T> U;
    T low = T(U(a) * U(b)), sum = wrapping_add(low, c);
    T high = mulhi(a, b);
    if constexpr (__is_signed(T)) {
      high = T(high + (c < 0 ? -1 : 0) + (U(sum) < U(low) ? 1 : 0));
      T top = T(~U(0) >> 1);
      return high == (sum >> 63) ? sum : high < 0 ? T(~top) : top;
    } else {
      return high != 0 || sum < low ? T(~U(0)) : sum;
    }
  }
}

template <class T>
MTL_MATH_FUNC T mul24(T a, T b) {
  typedef unsigned_of<T> U;
  return T(U(T(U(a) << 8) >> 8) * U(T(U(b) << 8) >> 8));
}
template <class T>
MTL_MATH_FUNC T mad24(T a, T b, T c) {
  return wrapping_add(mul24(a, b), c);
}

template <class T>
MTL_MATH_FUNC T extract_bits(T a, uint offset, uint count) {
  constexpr uint width = uint(bits_of<T>);
  if (count == 0u || offset >= width) return T(0);
  count = count > width - offset ? width - offset : count;
  return T(T(unsigned_of<T>(a) << (width - offset - count)) >> (width - count));
}
template <class T>
MTL_MATH_FUNC T insert_bits(T base, T insert, uint offset, uint count) {
  typedef unsigned_of<T> U;
  constexpr uint width = uint(bits_of<T>);
  if (count == 0u || offset >= width) return base;
  count = count > width - offset ? width - offset : count;
  U mask = U(U(U(~U(0)) >> (width - count)) << offset);
  return T((U(base) & U(~mask)) | (U(U(insert) << offset) & mask));
}

}  // namespace __mtl
}  // namespace metal

#endif
