#include <metal_stdlib>
using namespace metal;

struct Particle { float3 position; float3 velocity; };

kernel void k(device Particle *particles [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  particles[i].positon += particles[i].velocity;
  particles->mass = 1.0;
}
