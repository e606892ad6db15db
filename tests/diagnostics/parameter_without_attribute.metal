#include <metal_stdlib>
using namespace metal;

kernel void k(device float *output [[buffer(0)]], float scale, uint i [[thread_position_in_grid]]) {
  output[i] *= scale;
}
