#include <metal_stdlib>
using namespace metal;

kernel void k(device int *output [[buffer(0)]]) {
  static int calls = 0;
  calls += 1;
  output[0] = calls;
}
