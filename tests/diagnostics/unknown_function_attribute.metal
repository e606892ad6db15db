#include <metal_stdlib>
using namespace metal;

[[max_threads_per_threadgroup(64)]]
kernel void fill(device float *a [[buffer(0)]]) { a[0] = 1.0; }
