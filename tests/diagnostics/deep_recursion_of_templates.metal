#include <metal_stdlib>
using namespace metal;

template <int N>
struct Sum { static constexpr constant int value = N + Sum<N - 1>::value; };

kernel void k(device int *a [[buffer(0)]]) { a[0] = Sum<10>::value; }
