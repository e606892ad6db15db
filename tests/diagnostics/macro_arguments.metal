#include <metal_stdlib>
using namespace metal;

#define LOAD(pointer, index) pointer[index]

kernel void k(device float *a [[buffer(0)]]) { a[0] = LOAD(a); }
