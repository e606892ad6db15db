#include <metal_stdlib>
using namespace metal;

kernel void k(device float *output [[buffer(0)]], float i [[thread_position_in_grid]]) { output[uint(i)] = 1.0; }
