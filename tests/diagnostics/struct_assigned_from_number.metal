#include <metal_stdlib>
using namespace metal;

struct Cell {
  int value;
};
kernel void k(device Cell *cells [[buffer(0)]]) {
  cells[0] = 3;
  Cell own = cells;
  own += own;
}
