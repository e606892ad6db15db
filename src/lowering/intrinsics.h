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

/// SPIR's numbers of the address spaces.
inline constexpr unsigned kPrivateSpace = 0;
inline constexpr unsigned kDeviceSpace = 1;
inline constexpr unsigned kThreadgroupSpace = 3;
inline constexpr unsigned kGenericSpace = 4;

inline constexpr unsigned kSimdgroupWidth = 32;

}  // namespace pymetal::lowering
