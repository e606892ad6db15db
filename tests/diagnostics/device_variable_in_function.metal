#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  device float scratch[4];
  scratch[0] = a[0];
}
