#include <metal_stdlib>
using namespace metal;

struct Degrees {
  float value;
  Degrees(float v) : value(v) {}
  operator int() const { return int(value); }
};
Degrees operator*(float a, Degrees b) { return Degrees(a * b.value); }

kernel void k(device float *out [[buffer(0)]]) {
  Degrees angle(3);
  out[0] = (2 * angle).value;
}
