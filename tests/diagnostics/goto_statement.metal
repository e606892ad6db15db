#include <metal_stdlib>
using namespace metal;

kernel void k(device int *output [[buffer(0)]]) {
  int i = 0;
again:
  output[i] = i;
  if (++i < 4) goto again;
}
