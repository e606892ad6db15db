#include <metal_stdlib>
using namespace metal;

kernel void k(device float4 *a [[buffer(0)]]) {
  if (a[0] == a[1]) a[0] = float4(0.0);
}
