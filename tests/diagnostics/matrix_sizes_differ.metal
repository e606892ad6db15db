#include <metal_stdlib>
using namespace metal;

kernel void multiply(constant float4x4 &a [[buffer(0)]], constant float3x3 &b [[buffer(1)]],
                     device float4x4 *c [[buffer(2)]]) {
  c[0] = a * b;
}
