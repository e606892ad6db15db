#include <metal_stdlib>
using namespace metal;

uniform float scale;

void main(void) {
  vec3 color = vec3(scale);
}
