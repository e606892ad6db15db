#include <metal_stdlib>
using namespace metal;

int radius [[function_constant(0)]];
constant float4x4 transform [[function_constant(1)]];

kernel void k(device int *a [[buffer(0)]]) { a[0] = radius; }
