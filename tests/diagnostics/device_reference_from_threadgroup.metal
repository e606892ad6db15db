#include <metal_stdlib>
using namespace metal;

void bump(device int &x) { x += 1; }

kernel void k(device int *data [[buffer(0)]]) {
  threadgroup int count;
  bump(count);
  data[0] = count;
}
