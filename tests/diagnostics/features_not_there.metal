#include <metal_stdlib>
using namespace metal;

kernel void tables(device float *o [[buffer(0)]], visible_function_table<float(float)> t [[buffer(1)]]) {
  o[0] = t[0](o[1]);
}

kernel void sparse(texture2d<float> t [[texture(0)]], sampler s [[sampler(0)]], device float4 *o [[buffer(0)]]) {
  o[0] = t.sparse_sample(s, float2(0)).value();
}

kernel void messages(device float *o [[buffer(0)]]) {
  printf("%f", o[0]);
}
