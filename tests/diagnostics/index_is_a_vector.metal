#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]], uint2 i [[thread_position_in_grid]]) {
  float own[4] = {};
  a[i] = own[i];
}
