#include <metal_stdlib>
using namespace metal;

kernel void copy(device float4 *a [[buffer(0)]], device float *b [[buffer(1)]]) {
  b[0] = a[0];
}
