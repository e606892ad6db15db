#include <metal_stdlib>
using namespace metal;

kernel void k(device float4 *a [[buffer(0)]]) {
  a[0] + a[1] = a[2];
  length(a[0]) = 1.0;
  (a[0] * a[1]) += a[2];
  a[0].yx.x = 2.0;
  normalize(a[0]).zw = a[1].xy;
}
