#include <metal_stdlib>
using namespace metal;

template <typename T>
struct Tile {
  static_assert(sizeof(T) <= 4, "tiles hold types of up to four bytes");
  T values[16];
};

kernel void k(device long *a [[buffer(0)]]) {
  Tile<long> tile;
  a[0] = tile.values[0];
}
