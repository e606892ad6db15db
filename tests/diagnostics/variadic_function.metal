#include <metal_stdlib>
using namespace metal;

int sum(int count, ...) { return count; }

kernel void k(device int *output [[buffer(0)]]) { output[0] = sum(2, 1, 2); }
