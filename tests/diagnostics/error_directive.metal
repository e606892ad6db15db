#include <metal_stdlib>
using namespace metal;

#if __METAL_VERSION__ < 990
#error "this kernel needs a newer Metal"
#endif

kernel void k(device float *a [[buffer(0)]]) { a[0] = 1.0; }
