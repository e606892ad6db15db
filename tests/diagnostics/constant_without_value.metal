#include <metal_stdlib>
using namespace metal;

constant int width;
constant float weights[3];

kernel void k(device float *a [[buffer(0)]]) { a[0] = width * weights[0]; }
