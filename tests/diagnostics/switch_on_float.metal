#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  switch (a[0]) {
    case 1: a[1] = 2.0; break;
    case 1: a[1] = 3.0; break;
  }
}
