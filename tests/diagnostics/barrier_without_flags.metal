#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  threadgroup_barrier();
  a[0] = 1.0;
}
