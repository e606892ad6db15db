#include <metal_stdlib>
using namespace metal;

struct Node {
  float *values;
  Node &self() { return *this; }
};
void bump(float &x) { x += 1; }
float *first(device Node *node);

kernel void k(device float *a [[buffer(0)]]) {
  float x = a[0];
  const float &same = x;
  a[0] = same;
}
