#include <metal_stdlib>
using namespace metal;

kernel void k(device int *counter [[buffer(0)]]) {
  atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}
