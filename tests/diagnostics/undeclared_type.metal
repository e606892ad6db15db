#include <metal_stdlib>
using namespace metal;

kernel void fill(device vec4 *output [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  output[i] = vec4(1.0);
}
