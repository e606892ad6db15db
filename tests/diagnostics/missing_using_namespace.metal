#include <metal_stdlib>

kernel void fill(device float *output [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  output[i] = sqrt(float(i));
}
