#include <metal_stdlib>
using namespace metal;

struct Shape {
  virtual float area() const { return 0; }
};

kernel void k(device float *output [[buffer(0)]]) {
  Shape shape;
  output[0] = shape.area();
}
