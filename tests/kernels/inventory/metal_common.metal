// Every function of <metal_common>.
#include "check.h"

template <class T, class Ti, class Tb, class S>
void common() {
  T x(S(0.5f)), y(S(0.25f)), z(S(1));
  S s(S(0.5f));
  CHECK(T, clamp(x, y, z))
  CHECK(T, mix(x, y, z))
  CHECK(T, saturate(x))
  CHECK(T, sign(x))
  CHECK(T, smoothstep(x, y, z))
  CHECK(T, step(x, y))
  CHECK(T, clamp(x, s, s))
  CHECK(T, mix(x, y, s))
  CHECK(T, smoothstep(s, s, x))
  CHECK(T, step(s, x))
  CHECK(T, fast::clamp(x, y, z))
  CHECK(T, fast::saturate(x))
  CHECK(T, fast::mix(x, y, z))
  CHECK(T, fast::smoothstep(x, y, z))
  CHECK(T, fast::max(x, y))
  CHECK(T, fast::min(x, y))
  CHECK(T, precise::clamp(x, y, z))
  CHECK(T, precise::saturate(x))
  CHECK(T, precise::max(x, y))
  CHECK(T, precise::min(x, y))
}

void mixed() {
  packed_float3 p(1.0f);
  CHECK(float, clamp(0.5f, 0, 1))
  CHECK(float, clamp(0.5h, 0.0f, 1.0f))
  CHECK(float, mix(0.0f, 1.0f, 0.5h))
  CHECK(float3, clamp(p, 0.0f, 1.0f))
  CHECK(float3, mix(p, float3(0), 0.5f))
  CHECK(float, saturate(2))
}

kernel void inventory() {
  OF_FLOATS(common)
  mixed();
}
