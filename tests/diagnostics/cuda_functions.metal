#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]], device atomic_float *sum [[buffer(1)]], uint i [[thread_position_in_grid]]) {
  float v = __shfl_down_sync(0xffffffff, a[i], 16);
  __syncthreads();
  if (i % warpSize == 0) atomicAdd(sum, v);
  dim3 size;
}
