#include <metal_stdlib>
using namespace metal;

kernel void k(device long *output [[buffer(0)]]) {
  unsigned long long x = 1;
  output[0] = x;
}
