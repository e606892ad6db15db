#include <metal_stdlib>
using namespace metal;

struct Counter {
  int value;
  int add(int x) { return value + x; }
  int get() const { return value; }
};

kernel void k(device int *out [[buffer(0)]]) {
  int (Counter::*change)(int) = &Counter::get;
  int (Counter::*read)(float) = &Counter::add;
  Counter counter = {1};
  out[0] = (counter.*change)(2) + (counter.*read)(1.0) + counter.*&Counter::get;
}
