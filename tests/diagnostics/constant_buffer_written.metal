#include <metal_stdlib>
using namespace metal;

struct Params { float scale; };

kernel void k(constant Params &params [[buffer(0)]], device float *output [[buffer(1)]]) {
  params.scale = 2.0;
  output[0] = params.scale;
}
