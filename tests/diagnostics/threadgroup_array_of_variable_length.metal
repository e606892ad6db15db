#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]], constant uint &n [[buffer(1)]]) {
  threadgroup float tile[n];
  a[0] = tile[0];
}
