#include <metal_stdlib>
using namespace metal;

kernel void fill(device float *output [[buffer(0)]], uint index [[thread_position_in_grid]]) {
  ouptut[index] = 1.0;
}
