#include <metal_stdlib>
using namespace metal;

int is_odd(int n);
int is_even(int n) { return n == 0 ? 1 : 1 - is_odd(n - 1); }
int is_odd(int n) { return n == 0 ? 0 : 1 - is_even(n - 1); }

kernel void k(device int *output [[buffer(0)]], uint i [[thread_position_in_grid]]) { output[i] = is_even(i); }
