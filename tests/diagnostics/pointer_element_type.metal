#include <metal_stdlib>
using namespace metal;

kernel void k(device float *data [[buffer(0)]]) {
  device int *bits = data;
  bits[0] = 1;
}
