#include <metal_stdlib>
using namespace metal;

int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

kernel void k(device int *output [[buffer(0)]], uint i [[thread_position_in_grid]]) { output[i] = fibonacci(i); }
