#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  long double x = 1.0;
  a[0] = x + 2.0lf;
}
