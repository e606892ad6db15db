#include <metal_stdlib>
using namespace metal;

kernel void scale(device float *data [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  float x = data[i] * 2.0
  data[i] = x;
}
