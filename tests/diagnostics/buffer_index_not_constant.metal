#include <metal_stdlib>
using namespace metal;

int slot = 3;

kernel void k(device float *a [[buffer(slot)]]) { a[0] = 1.0; }
