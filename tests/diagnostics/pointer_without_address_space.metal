#include <metal_stdlib>
using namespace metal;

float sum(float *values, int n) {
  float s = 0;
  for (int i = 0; i < n; ++i) s += values[i];
  return s;
}

kernel void total(float *values [[buffer(0)]], device float *result [[buffer(1)]]) { result[0] = sum(values, 4); }
