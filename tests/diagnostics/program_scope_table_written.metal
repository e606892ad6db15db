#include <metal_stdlib>
using namespace metal;

constant float weights[3] = {0.25, 0.5, 0.25};

kernel void k(device float *output [[buffer(0)]]) {
  weights[0] = 1.0;
  output[0] = weights[0];
}
