#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  int i = get_global_id(0);
  a[i] = native_sin(a[i]);
  barrier(CLK_LOCAL_MEM_FENCE);
}
