#include <metal_stdlib>
using namespace metal;

struct Params { float scale; };

kernel void k(device float *a [[buffer(0)]], constant Params &params [[buffer(1)]]) { a[0] = params->scale; }
