#include <metal_stdlib>
using namespace metal;

kernel void k(device float *output [[buffer(0)]]) {
  double x = 0.1;
  output[0] = x * x;
}
