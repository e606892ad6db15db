#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  a[0] = dfdx(a[1]);
  if (a[0] > 1) discard_fragment();
}
