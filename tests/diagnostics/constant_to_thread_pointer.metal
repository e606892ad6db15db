#include <metal_stdlib>
using namespace metal;

kernel void k(constant float *a [[buffer(0)]], const device float *b [[buffer(1)]]) {
  thread float *own = a;
  device float *written = a;
  threadgroup float *shared = b;
}
