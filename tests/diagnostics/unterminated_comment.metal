#include <metal_stdlib>
using namespace metal;

/* A kernel that fills a buffer.
kernel void k(device float *a [[buffer(0)]]) { a[0] = 1.0; }
