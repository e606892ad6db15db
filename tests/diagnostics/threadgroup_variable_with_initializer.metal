#include <metal_stdlib>
using namespace metal;

kernel void k(device int *a [[buffer(0)]]) {
  threadgroup int count = 5;
  a[0] = count;
}
