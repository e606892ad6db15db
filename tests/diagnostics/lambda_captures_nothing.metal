#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  float scale = 2;
  auto scaled = [](float x) { return x * scale; };
  a[0] = scaled(a[0]);
}
