#include <metal_stdlib>
using namespace metal;

#ifdef USE_HALF
kernel void k(device half *a [[buffer(0)]]) { a[0] = 1.0h; }
