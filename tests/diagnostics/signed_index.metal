#include <metal_stdlib>
using namespace metal;

kernel void k(device float *output [[buffer(0)]], int i [[thread_position_in_grid]]) { output[i] = 1.0; }
