#include <metal_stdlib>
using namespace metal;

kernel void k(device const float *input [[buffer(0)]], device float *output [[buffer(1)]],
              uint i [[thread_position_in_grid]]) {
  input[i] = output[i];
}
