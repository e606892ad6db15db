#include <metal_stdlib>
using namespace metal;

kernel void k(device int *output [[buffer(0)]]) {
  try {
    if (output[0] < 0) throw 1;
  } catch (int) {
    output[0] = 0;
  }
}
