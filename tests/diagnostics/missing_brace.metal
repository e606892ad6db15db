#include <metal_stdlib>
using namespace metal;

kernel void scale(device float *data [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  if (i > 4) {
    data[i] = 1.0;
}
