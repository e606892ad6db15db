#include <metal_stdlib>
using namespace metal;

kernel void k(device float *data [[buffer(0)]], uint i [[thread_index_in_threadgroup]]) {
  threadgroup float *tile = data;
  tile[i] = 1.0;
}
