#include <metal_stdlib>
using namespace metal;

kernel void k(device int *output [[buffer(0)]]) {
  int *list = new int[4];
  output[0] = list[0];
  delete[] list;
}
