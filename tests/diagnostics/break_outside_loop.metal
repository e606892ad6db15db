#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  if (a[0] > 0) break;
  a[0] = 1.0;
}
