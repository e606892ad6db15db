#include <metal_stdlib>
using namespace metal;

struct Pair { float value; uint index; };

kernel void k(device Pair *a [[buffer(0)]], uint i [[thread_position_in_grid]]) { a[i] = simd_shuffle_down(a[i], 1); }
