#include <metal_stdlib>
using namespace metal;

kernel void add(device float4 *a [[buffer(0)]], device float3 *b [[buffer(1)]]) {
  a[0] = a[0] + b[0];
}
