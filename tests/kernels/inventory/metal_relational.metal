// Every function of <metal_relational>.
#include "check.h"

template <class T, class Ti, class Tb, class S>
void relational() {
  T x(S(0.5f)), y(S(0.25f));
  CHECK(Tb, isfinite(x))
  CHECK(Tb, isinf(x))
  CHECK(Tb, isnan(x))
  CHECK(Tb, isnormal(x))
  CHECK(Tb, isordered(x, y))
  CHECK(Tb, isunordered(x, y))
  CHECK(Tb, signbit(x))
  CHECK(Tb, not(x == y))
  CHECK(bool, all(x == y))
  CHECK(bool, any(x == y))
  CHECK(T, select(x, y, x < y))
}

kernel void inventory() {
  OF_FLOATS(relational)
  CHECK(bool2, select(bool2(true), bool2(false), bool2(true)))
  CHECK(bool, select(true, false, true))
  CHECK(float4, select(float4(0), 1.0f, bool4(true)))
}
