#include <metal_stdlib>
using namespace metal;

__global__ void add(float *a, float *b) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  a[i] += b[i];
}
