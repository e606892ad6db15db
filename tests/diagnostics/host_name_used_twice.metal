#include <metal_stdlib>
using namespace metal;

template <typename T>
[[kernel]] void fill(device T *a [[buffer(0)]]) { a[0] = T(1); }

template [[host_name("fill")]] [[kernel]] void fill<float>(device float *a [[buffer(0)]]);
template [[host_name("fill")]] [[kernel]] void fill<half>(device half *a [[buffer(0)]]);
