// Every function of <metal_geometric>.
#include "check.h"

template <class T, class S>
void geometric() {
  T x(S(0.5f)), y(S(0.25f)), z(S(1));
  CHECK(S, distance(x, y))
  CHECK(S, distance_squared(x, y))
  CHECK(S, dot(x, y))
  CHECK(T, faceforward(x, y, z))
  CHECK(S, length(x))
  CHECK(S, length_squared(x))
  CHECK(T, normalize(x))
  CHECK(T, reflect(x, y))
  CHECK(T, refract(x, y, S(0.5f)))
  CHECK(S, fast::distance(x, y))
  CHECK(S, fast::length(x))
  CHECK(T, fast::normalize(x))
  CHECK(S, precise::distance(x, y))
  CHECK(S, precise::length(x))
  CHECK(T, precise::normalize(x))
}

template <class S>
void of() {
  geometric<vec<S, 2>, S>();
  geometric<vec<S, 3>, S>();
  geometric<vec<S, 4>, S>();
  typedef vec<S, 3> V;
  V x(S(0.5f)), y(S(0.25f));
  CHECK(V, cross(x, y))
  packed_vec<S, 3> p(x);
  CHECK(V, cross(p, x))
  CHECK(S, dot(p, p))
  CHECK(V, normalize(p))
}

kernel void inventory() {
  of<half>();
  of<bfloat>();
  of<float>();
}
