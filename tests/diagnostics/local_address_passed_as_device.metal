#include <metal_stdlib>
using namespace metal;

void fill(device float *out) { out[0] = 1.0; }

kernel void k(device float *data [[buffer(0)]]) {
  float x = 0;
  fill(&x);
  data[0] = x;
}
