#include <metal_stdlib>
using namespace metal;

struct Ray { float3 origin; float3 direction; };

kernel void fill(device float4 *output [[buffer(0)]], device Ray *rays [[buffer(1)]]) {
  output[0] = float4(rays[0], 1.0);
}
