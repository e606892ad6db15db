#include <metal_stdlib>
using namespace metal;

kernel void add(device int4 *a [[buffer(0)]], device float4 *b [[buffer(1)]]) {
  b[0] = b[0] + a[0];
}
