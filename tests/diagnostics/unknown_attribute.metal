#include <metal_stdlib>
using namespace metal;

kernel void k(device float *output [[buffer(0)]], uint i [[thread_position_in_gird]]) { output[i] = 1.0; }
