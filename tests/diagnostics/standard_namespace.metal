#include <metal_stdlib>
using namespace metal;

kernel void k(device float *a [[buffer(0)]]) {
  std::vector<float> values;
  a[0] = std::max(a[0], 1.0f) + std::accumulate(a, a + 4, 0);
}
