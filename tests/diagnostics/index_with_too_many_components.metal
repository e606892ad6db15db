#include <metal_stdlib>
using namespace metal;

kernel void k(device float *output [[buffer(0)]], uint2 i [[thread_index_in_threadgroup]]) { output[i.x] = 1.0; }
