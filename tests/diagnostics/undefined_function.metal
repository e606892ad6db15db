#include <metal_stdlib>
using namespace metal;

float noise(float3 p);

kernel void k(device float *a [[buffer(0)]]) { a[0] = noise(float3(a[1])); }
