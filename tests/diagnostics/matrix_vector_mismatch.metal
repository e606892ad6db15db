#include <metal_stdlib>
using namespace metal;

kernel void transform(constant float4x4 &m [[buffer(0)]], device float3 *v [[buffer(1)]]) {
  v[0] = m * v[0];
}
