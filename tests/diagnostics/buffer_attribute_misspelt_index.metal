#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer]], device float *b [[buffer(1, 2)]]) { a[0] = b[0]; }
