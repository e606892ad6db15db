#include <metal_stdlib>
using namespace metal;

kernel float k(device float *a [[buffer(0)]], uint i [[thread_position_in_grid]]) { return a[i]; }
