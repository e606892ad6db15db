#include <metal_stdlib>
using namespace metal;

#include <vector>

kernel void k(device int *output [[buffer(0)]]) {
  std::vector<int> list(4);
  output[0] = list[0];
}
