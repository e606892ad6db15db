#include <metal_stdlib>
using namespace metal;

kernel void fill(device float3 *output [[buffer(0)]], float4 device *x [[buffer(1)]]) {
  output[0] = float3(x[0], 1.0);
}
