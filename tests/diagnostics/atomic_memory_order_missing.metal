#include <metal_stdlib>
using namespace metal;

kernel void k(device atomic_uint *counter [[buffer(0)]]) {
  uint old = atomic_fetch_add_explicit(counter, 1);
  if (old == 0) atomic_store(counter, 5);
}
