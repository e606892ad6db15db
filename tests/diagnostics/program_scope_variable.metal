#include <metal_stdlib>
using namespace metal;

int counter = 0;

kernel void k(device int *output [[buffer(0)]]) {
  counter += 1;
  output[0] = counter;
}
