#include <metal_stdlib>
using namespace metal;

kernel void swap(device float2 *v [[buffer(0)]]) {
  v[0] = v[0].xz;
}
