#include <metal_stdlib>
using namespace metal;

kernel void sum(device float *a [[buffer(0)]], constant uint &n [[buffer(1)]]) {
  float total;
  for (uint i = 0; i < n; ++i) total += a[i];
  a[0] = total;
}
