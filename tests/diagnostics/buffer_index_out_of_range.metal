#include <metal_stdlib>
using namespace metal;

kernel void k(device float *output [[buffer(31)]], device float *more [[buffer(32)]]) { output[0] = more[0]; }
