#include <metal_stdlib>
using namespace metal;

kernel void swap(device float4 *v [[buffer(0)]]) {
  v[0].xy = v[0].xg;
}
