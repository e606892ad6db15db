#include <metal_stdlib>
using namespace metal;

threadgroup float tile[64];

kernel void k(device float *a [[buffer(0)]], uint i [[thread_index_in_threadgroup]]) { a[i] = tile[i]; }
