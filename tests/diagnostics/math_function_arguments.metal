#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  a[0] = clamp(a[1], 0.0);
  a[1] = dot(float3(a[0]), float4(a[1]));
}
