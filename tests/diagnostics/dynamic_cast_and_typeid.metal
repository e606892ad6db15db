#include <metal_stdlib>
using namespace metal;

struct Base { int x; };
struct Derived : Base { int y; };

kernel void k(device int *output [[buffer(0)]]) {
  Derived d;
  Base &b = d;
  output[0] = dynamic_cast<Derived &>(b).y;
  output[1] = typeid(b) == typeid(Base);
}
