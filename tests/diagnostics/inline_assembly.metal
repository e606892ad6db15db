#include <metal_stdlib>
using namespace metal;

kernel void k(device int *a [[buffer(0)]]) {
  asm volatile("nop");
  __asm__("mov %0, 1" : "=r"(a[0]));
  a[1] = missing;
}
