#include <metal_stdlib>
using namespace metal;

kernel void clear(device float *a [[buffer(0)]], uint i [[thread_position_in_grid]]) { a[i] = 0; }
kernel void k(device float *a [[buffer(0)]], uint i [[thread_position_in_grid]]) { clear(a, i); }
