#include <metal_stdlib>
using namespace metal;

struct Params { float scale; uint count; };

kernel void k(device float *output [[buffer(0)]], Params params [[buffer(1)]]) { output[0] = params.scale; }
