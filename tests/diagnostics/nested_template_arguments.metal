#include <metal_stdlib>
using namespace metal;
template <class T>
struct Box {};
kernel void k(device int *out [[buffer(0)]]) {
  Box<Box<Box<Box<Box<Box<Box<Box<Box<Box<Box<Box<Box<int>>>>>>>>>>>>> box;
}
