#include <metal_stdlib>
using namespace metal;

constant int radius [[function_constant(0)]] = 3;

kernel void k(device int *a [[buffer(0)]]) { a[0] = radius; }
