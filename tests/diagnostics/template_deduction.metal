#include <metal_stdlib>
using namespace metal;

template <typename T>
T larger(T a, T b) { return a > b ? a : b; }

kernel void k(device float *a [[buffer(0)]], device int *b [[buffer(1)]]) { a[0] = larger(a[1], b[0]); }
