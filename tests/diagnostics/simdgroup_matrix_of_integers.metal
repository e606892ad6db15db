#include <metal_stdlib>
using namespace metal;

kernel void k(device int *a [[buffer(0)]]) {
  simdgroup_matrix<int, 8, 8> i;
  simdgroup_matrix<float, 4, 4> small;
}
