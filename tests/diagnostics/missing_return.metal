#include <metal_stdlib>
using namespace metal;

float magnitude(float x) {
  if (x < 0) return -x;
}

kernel void k(device float *a [[buffer(0)]]) { a[0] = magnitude(a[1]); }
