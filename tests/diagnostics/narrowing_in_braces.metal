#include <metal_stdlib>
using namespace metal;

kernel void k(device int *a [[buffer(0)]], device float *b [[buffer(1)]]) {
  int2 pair{b[0], b[1]};
  short small{a[2]};
  a[0] = pair.x + small;
}
