#include <metal_stdlib>
using namespace metal;

kernel void fill(device float4 *output [[buffer(0)]], device float *x [[buffer(1)]]) {
  output[0] = float4(x[0], x[1], x[2]);
}
