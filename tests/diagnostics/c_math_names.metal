#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  a[0] = expf(a[0]) + cbrt(a[1]) + M_PI;
}
