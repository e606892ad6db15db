#include <metal_stdlib>
using namespace metal;

struct Point { float4 position [[attribute(0)]]; };
kernel void staged(Point point [[stage_in]], device float4 *o [[buffer(0)]]) {
  o[0] = point.position;
}
