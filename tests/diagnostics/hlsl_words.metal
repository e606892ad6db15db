#include <metal_stdlib>
using namespace metal;

kernel void k(device float4 *a [[buffer(0)]], constant float4x4 &m [[buffer(1)]]) {
  a[0] = mul(m, a[0]);
  a[1] = frac(a[1]) + asuint(a[2].x);
  a[2].x = WaveActiveSum(a[2].x) + countbits(3u);
}
