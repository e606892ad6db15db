#include <metal_stdlib>
using namespace metal;

constant int radius [[function_constant(0)]];

kernel void k(device int *a [[buffer(0)]]) {
  int window[radius];
  a[0] = window[0];
}
