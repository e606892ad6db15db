// The names of the functions that MSL's library and the kernel's entry call, and that each executor gives a meaning.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace pymetal::lowering {

/// All of them begin so. `src/stdlib/mtl_intrinsics.h` declares those that MSL's library calls.
inline constexpr llvm::StringLiteral kIntrinsicPrefix = "mtl.";

/// The canonical function of a pipeline: no parameters, no result; runs one thread of the grid.
inline constexpr llvm::StringLiteral kKernelEntry = "mtl.kernel";

/// `ptr addrspace(1) mtl.buffer(i32 index)`: the address in a slot.
inline constexpr llvm::StringLiteral kBuffer = "mtl.buffer";
/// `ptr addrspace(3) mtl.threadgroup_argument(i32 index)`: memory that the encoder sized.
inline constexpr llvm::StringLiteral kThreadgroupArgument = "mtl.threadgroup_argument";
/// `ptr addrspace(3) mtl.threadgroup_variable(i64 size, i64 alignment)`: one variable per call in the source.
inline constexpr llvm::StringLiteral kThreadgroupVariable = "mtl.threadgroup_variable";
/// `ptr addrspace(3) mtl.threadgroup_memory()`: the start of the kernel's own threadgroup variables.
inline constexpr llvm::StringLiteral kThreadgroupMemory = "mtl.threadgroup_memory";
/// `i64 mtl.texture(i32 index)`, `i64 mtl.sampler(i32 index)`: the handle in a slot; 0 where nothing is bound. Only the
/// device knows what a handle means, but the top bit of a sampler's is 0: where it is 1, the other bits are the state
/// of a sampler that the program wrote itself (`src/stdlib/mtl_sampler.h` has the fields).
inline constexpr llvm::StringLiteral kTexture = "mtl.texture";
inline constexpr llvm::StringLiteral kSampler = "mtl.sampler";
/// What textures do: `mtl.texture.<name>.<components>`, with f32, i32, u32 or u64 components, four of which are V.
/// Components of 16 bits go as 32. `texture` and `sampler` are handles. `type` is a constant: the API's TextureType,
/// plus 16 for depth textures. `place` stands for `i32 x, i32 y, i32 z, i32 layer`; of cubes, `layer` is 6 * element +
/// face. `at` stands for `<4 x float> coordinates, i32 layer, <4 x i32> offset`; what a type has not is 0.
///   V read(texture, type, place, i32 level, i32 sample)
///   void write(texture, type, V, place, i32 level)
///   V sample(texture, sampler, type, at, float bias, float min_level): by the derivatives over the quad
///   V sample_level(texture, sampler, type, at, float level)
///   V sample_gradient(texture, sampler, type, at, <4 x float> dx, <4 x float> dy, float min_level)
///   V gather(texture, sampler, type, at, i32 component)
///   V atomic_{exchange,add,sub,and,or,xor,min,max}(texture, type, place, V): the texel before
///   V atomic_compare_exchange(texture, type, place, V expected, V desired): the texel before
/// and without components:
///   float compare, compare_level, compare_gradient: as sample, with `float reference` behind `at`
///   <4 x float> gather_compare(texture, sampler, type, at, float reference)
///   float level_of_detail(texture, sampler, type, <4 x float> coordinates, i1 is_clamped)
///   i32 width, height, depth(texture, i32 level); i32 array_length, level_count, sample_count(texture)
///   void fence(texture): orders this thread's writes of the texture before its reads
inline constexpr llvm::StringLiteral kTexturePrefix = "mtl.texture.";
inline constexpr llvm::StringLiteral kThreadgroupBarrier = "mtl.threadgroup_barrier";
inline constexpr llvm::StringLiteral kSimdgroupBarrier = "mtl.simdgroup_barrier";
inline constexpr llvm::StringLiteral kSimdPrefix = "mtl.simd.";
/// `i32 mtl.simd.lane()`: no other lane takes part.
inline constexpr llvm::StringLiteral kSimdLane = "mtl.simd.lane";
/// `void mtl.log(i32 type, ptr subsystem, ptr category, ptr format, ptr arguments, i32 count)`, generic pointers to
/// strings that end with 0 and to arguments as backend/shader_log.h has them.
inline constexpr llvm::StringLiteral kLog = "mtl.log";
/// `i1 mtl.is_function_constant_defined(ptr)`.
inline constexpr llvm::StringLiteral kIsFunctionConstantDefined = "mtl.is_function_constant_defined";

/// Inputs that code names; each yields an i32, for a component where it has several.
inline constexpr llvm::StringLiteral kGridPositionInput = "mtl.thread_position_in_grid";
inline constexpr llvm::StringLiteral kThreadPositionInput = "mtl.thread_position_in_threadgroup";
inline constexpr llvm::StringLiteral kThreadIndexInput = "mtl.thread_index_in_threadgroup";
inline constexpr llvm::StringLiteral kLaneInput = "mtl.thread_index_in_simdgroup";
inline constexpr llvm::StringLiteral kQuadLaneInput = "mtl.thread_index_in_quadgroup";
inline constexpr llvm::StringLiteral kQuadIndexInput = "mtl.quadgroup_index_in_threadgroup";
inline constexpr llvm::StringLiteral kSimdgroupIndexInput = "mtl.simdgroup_index_in_threadgroup";
inline constexpr llvm::StringLiteral kThreadgroupPositionInput = "mtl.threadgroup_position_in_grid";
inline constexpr llvm::StringLiteral kFullThreadgroupSizeInput = "mtl.dispatch_threads_per_threadgroup";

/// What a widened kernel asks besides. `i32 mtl.simdgroup.first_position(i32 component)`: lane 0's position in the
/// threadgroup. `<32 x i32> mtl.simdgroup.positions(i32 component)`: those of all lanes. `i32 mtl.simdgroup.mask()`:
/// bit i is set where lane i is a thread.
inline constexpr llvm::StringLiteral kFirstPosition = "mtl.simdgroup.first_position";
inline constexpr llvm::StringLiteral kLanePositions = "mtl.simdgroup.positions";
inline constexpr llvm::StringLiteral kActiveMask = "mtl.simdgroup.mask";
/// `iN mtl.simdgroup.first_lane.iN(iN)`: lane 0's value, where lanes' values are neighbours. Only widening knows it.
inline constexpr llvm::StringLiteral kFirstLane = "mtl.simdgroup.first_lane";

/// Marks of where loops are left and go on (keep_rounds.h); none are left in canonical IR.
inline constexpr llvm::StringLiteral kLeaveLoop = "mtl.leave_loop";
inline constexpr llvm::StringLiteral kLeaveFunction = "mtl.leave_function";
inline constexpr llvm::StringLiteral kNextRound = "mtl.next_round";
/// `i1 mtl.never()`: false. A branch on it leads back into a loop from code that only lanes reach which leave the loop,
/// so that it is of the loop's round. Executors read it as false once they know in which order blocks run.
inline constexpr llvm::StringLiteral kNever = "mtl.never";

/// Functions of the device library that stay functions begin so: they take and return numbers, do nothing else, and are
/// seldom called. A simdgroup calls them lane by lane.
inline constexpr llvm::StringLiteral kApartPrefix = "apart.";

/// Metadata of a branch: the likelier way is for when a pattern of addresses holds, the other one is always right.
inline constexpr llvm::StringLiteral kPatternBranch = "mtl.pattern";

/// Metadata of a call of `mtl.buffer`: the argument is `constant`.
inline constexpr llvm::StringLiteral kConstantArgument = "mtl.constant";

/// SPIR's numbers of the address spaces.
inline constexpr unsigned kPrivateSpace = 0;
inline constexpr unsigned kDeviceSpace = 1;
inline constexpr unsigned kThreadgroupSpace = 3;
inline constexpr unsigned kGenericSpace = 4;

inline constexpr unsigned kSimdgroupWidth = 32;
/// No device runs larger threadgroups.
inline constexpr unsigned kMaxThreadsPerThreadgroup = 1024;

}  // namespace pymetal::lowering
