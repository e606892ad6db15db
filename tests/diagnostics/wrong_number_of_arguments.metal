#include <metal_stdlib>
using namespace metal;

float blend(float a, float b, float t) { return a + (b - a) * t; }

kernel void k(device float *a [[buffer(0)]]) { a[0] = blend(a[1], a[2]); }
