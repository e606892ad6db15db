#include <metal_stdlib>
using namespace metal;

#define STORE(pointer, value) pointer[0] = value.x

kernel void k(device float *a [[buffer(0)]]) { STORE(a, a[1]); }
