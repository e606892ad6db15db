#include <metal_stdlib>
using namespace metal;

kernel void swap(device float4 *v [[buffer(0)]]) {
  v[0].xx = float2(1.0, 2.0);
}
