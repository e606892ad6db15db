#include <metal_stdlib>
using namespace metal;

template <typename T>
T twice(T x) { return x.value * 2; }

kernel void k(device float *a [[buffer(0)]]) { a[0] = twice(a[1]); }
