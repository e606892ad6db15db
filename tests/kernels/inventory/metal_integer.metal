// Every function of <metal_integer>, for integers of every width.
#include "check.h"

template <class T, class Ti, class Tb, class S>
void integer() {
  T x(S(5)), y(S(3)), z(S(1));
  S s(S(1));
  typedef make_unsigned_t<T> U;
  CHECK(T, abs(x))
  CHECK(U, absdiff(x, y))
  CHECK(T, addsat(x, y))
  CHECK(T, clamp(x, y, z))
  CHECK(T, clamp(x, s, s))
  CHECK(T, clz(x))
  CHECK(T, ctz(x))
  CHECK(T, extract_bits(x, 1, 2))
  CHECK(T, extract_bits(x, 1u, 2u))
  CHECK(T, hadd(x, y))
  CHECK(T, insert_bits(x, y, 1, 2))
  CHECK(T, insert_bits(x, y, 1u, 2u))
  CHECK(T, madhi(x, y, z))
  CHECK(T, madsat(x, y, z))
  CHECK(T, max(x, y))
  CHECK(T, max(x, s))
  CHECK(T, max3(x, y, z))
  CHECK(T, median3(x, y, z))
  CHECK(T, min(x, y))
  CHECK(T, min(s, x))
  CHECK(T, min3(x, y, z))
  CHECK(T, mulhi(x, y))
  CHECK(T, popcount(x))
  CHECK(T, reverse_bits(x))
  CHECK(T, rhadd(x, y))
  CHECK(T, rotate(x, y))
  CHECK(T, subsat(x, y))
  CHECK(T, select(x, y, Tb(true)))
}

template <class T, class Ti, class Tb, class S>
void of_24_bits() {
  T x(S(5)), y(S(3)), z(S(1));
  CHECK(T, mul24(x, y))
  CHECK(T, mad24(x, y, z))
}

kernel void inventory() {
  OF_INTEGERS(integer)
  OF_EACH_SIZE(of_24_bits, int)
  OF_EACH_SIZE(of_24_bits, uint)
  CHECK(int, max(1, short(2)))
  CHECK(uint, min(1u, 2))
  CHECK(uint, clamp(1u, 0, 7))
}
