#include <metal_stdlib>
using namespace metal;

kernel void k(device atomic_int *a [[buffer(0)]]) {
  atomic_fetch_add(a, 1);
  int v = atomic_load(a);
  a->fetch_add(v);
}
