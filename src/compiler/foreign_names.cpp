// Knows what Metal calls the things that other shading languages have other names for.
#include "compiler/foreign_names.h"

#include "llvm/ADT/StringSwitch.h"

namespace pymetal::compiler {

llvm::StringRef metal_word_for(llvm::StringRef name) {
  return llvm::StringSwitch<llvm::StringRef>(name)
      .Case("vec2", "float2")
      .Case("vec3", "float3")
      .Case("vec4", "float4")
      .Case("ivec2", "int2")
      .Case("ivec3", "int3")
      .Case("ivec4", "int4")
      .Case("uvec2", "uint2")
      .Case("uvec3", "uint3")
      .Case("uvec4", "uint4")
      .Case("bvec2", "bool2")
      .Case("bvec3", "bool3")
      .Case("bvec4", "bool4")
      .Case("mat2", "float2x2")
      .Case("mat3", "float3x3")
      .Case("mat4", "float4x4")
      .Case("lerp", "mix")
      .Case("frac", "fract")
      .Case("mod", "fmod")
      .Case("inversesqrt", "rsqrt")
      .Case("mad", "fma")
      .Cases({"ddx", "dFdx"}, "dfdx")
      .Cases({"ddy", "dFdy"}, "dfdy")
      .Case("__syncthreads", "threadgroup_barrier(mem_flags::mem_threadgroup)")
      .Case("__syncwarp", "simdgroup_barrier(mem_flags::mem_none)")
      .Cases({"GroupMemoryBarrierWithGroupSync", "barrier"}, "threadgroup_barrier(mem_flags::mem_threadgroup)")
      .Cases({"__shared__", "groupshared", "shared", "local"}, "threadgroup")
      .Case("__global__", "kernel")
      .Case("threadIdx", "[[thread_position_in_threadgroup]]")
      .Case("blockIdx", "[[threadgroup_position_in_grid]]")
      .Case("blockDim", "[[threads_per_threadgroup]]")
      .Case("gridDim", "[[threadgroups_per_grid]]")
      .Case("get_global_id", "[[thread_position_in_grid]]")
      .Case("get_local_id", "[[thread_position_in_threadgroup]]")
      .Case("get_group_id", "[[threadgroup_position_in_grid]]")
      .Case("gl_GlobalInvocationID", "[[thread_position_in_grid]]")
      .Case("gl_LocalInvocationID", "[[thread_position_in_threadgroup]]")
      .Case("gl_WorkGroupID", "[[threadgroup_position_in_grid]]")
      .Case("atomicAdd", "atomic_fetch_add_explicit")
      .Case("__shfl_down_sync", "simd_shuffle_down")
      .Case("__shfl_xor_sync", "simd_shuffle_xor")
      .Default({});
}

}  // namespace pymetal::compiler
