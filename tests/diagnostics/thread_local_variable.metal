#include <metal_stdlib>
using namespace metal;

thread_local int calls;

kernel void k(device int *output [[buffer(0)]]) { output[0] = ++calls; }
