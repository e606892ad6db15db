#include <metal_stdlib>
using namespace metal;

void pass(threadgroup_imageblock float *x);
void trace(ray_data float &x);
