#include <metal_stdlib>
using namespace metal;

kernel void k(device float4 *a [[buffer(0)]]) {
  a[0] + a[1] = a[2];
  length(a[0]) = 1.0;
}
