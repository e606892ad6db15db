#include <metal_stdlib>
using namespace metal;

int largest(device const int *list, uint n) {
  int best;
  if (n > 0) best = list[0];
  return best;
}

kernel void k(device int *a [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  int unused = 3;
  if (a[i] = 0) a[1] = largest(a, 4);
  a[2] == 1;
  for (int j = 0; j < i; ++j);
}
