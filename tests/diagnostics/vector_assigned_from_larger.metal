#include <metal_stdlib>
using namespace metal;

kernel void copy(device float4 *a [[buffer(0)]]) {
  float3 b = a[0];
  a[1] = float4(b, 0.0);
}
