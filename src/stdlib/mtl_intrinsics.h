// Declares the mtl.* intrinsics that the lowering replaces: the contract between this library and the compiler.
#ifndef MTL_INTRINSICS_H
#define MTL_INTRINSICS_H

#include <metal_types>

// Barriers. `flags` is the value of metal::mem_flags.
__attribute__((convergent)) void __mtl_threadgroup_barrier(uint flags) __asm("mtl.threadgroup_barrier");
__attribute__((convergent)) void __mtl_simdgroup_barrier(uint flags) __asm("mtl.simdgroup_barrier");

// Marks that the compiler puts where loops are left and go on. They are empty, for what is evaluated while it compiles.
constexpr void __mtl_leave_loop(int loop) __asm("mtl.leave_loop");
constexpr void __mtl_leave_loop(int) {}
constexpr void __mtl_leave_function(int loop) __asm("mtl.leave_function");
constexpr void __mtl_leave_function(int) {}
constexpr void __mtl_next_round(int loop) __asm("mtl.next_round");
constexpr void __mtl_next_round(int) {}

// Storage of one variable in threadgroup memory. Each call site is one variable; size and alignment are literals.
__local void* __mtl_threadgroup_variable(ulong size, ulong align) __asm("mtl.threadgroup_variable");

// Moves between lanes, on bit patterns: mtl.simd.<name>.{u32,u64}(value, lane or delta or mask).
#define MTL_SIMD_MOVE(NAME)                                                                                  \
  __attribute__((convergent)) uint __mtl_simd_##NAME(uint value, uint lane) __asm("mtl.simd." #NAME ".u32"); \
  __attribute__((convergent)) ulong __mtl_simd_##NAME(ulong value, uint lane) __asm("mtl.simd." #NAME ".u64");
MTL_SIMD_MOVE(shuffle)
MTL_SIMD_MOVE(shuffle_up)
MTL_SIMD_MOVE(shuffle_down)
MTL_SIMD_MOVE(shuffle_xor)
MTL_SIMD_MOVE(rotate_up)
MTL_SIMD_MOVE(rotate_down)
#undef MTL_SIMD_MOVE
__attribute__((convergent)) uint __mtl_simd_broadcast_first(uint value) __asm("mtl.simd.broadcast_first.u32");
__attribute__((convergent)) ulong __mtl_simd_broadcast_first(ulong value) __asm("mtl.simd.broadcast_first.u64");

// Reductions and scans over the active lanes: mtl.simd.<name>.<type>(value).
#define MTL_SIMD_REDUCE(NAME, TYPE, SUFFIX) \
  __attribute__((convergent)) TYPE __mtl_simd_##NAME(TYPE value) __asm("mtl.simd." #NAME "." #SUFFIX);
#define MTL_SIMD_SUMS(NAME) \
  MTL_SIMD_REDUCE(NAME, int, i32) MTL_SIMD_REDUCE(NAME, long, i64) MTL_SIMD_REDUCE(NAME, float, f32)
#define MTL_SIMD_ORDERS(NAME) MTL_SIMD_SUMS(NAME) MTL_SIMD_REDUCE(NAME, uint, u32) MTL_SIMD_REDUCE(NAME, ulong, u64)
#define MTL_SIMD_BITS(NAME) MTL_SIMD_REDUCE(NAME, int, i32) MTL_SIMD_REDUCE(NAME, long, i64)
MTL_SIMD_SUMS(sum)
MTL_SIMD_SUMS(product)
MTL_SIMD_SUMS(prefix_inclusive_sum)
MTL_SIMD_SUMS(prefix_exclusive_sum)
MTL_SIMD_SUMS(prefix_inclusive_product)
MTL_SIMD_SUMS(prefix_exclusive_product)
MTL_SIMD_ORDERS(min)
MTL_SIMD_ORDERS(max)
MTL_SIMD_BITS(and)
MTL_SIMD_BITS(or)
MTL_SIMD_BITS(xor)
#undef MTL_SIMD_BITS
#undef MTL_SIMD_ORDERS
#undef MTL_SIMD_SUMS
#undef MTL_SIMD_REDUCE

// Two floats of A B + C for three 8x8 matrices, of each of which a lane brings two floats; metal_simdgroup_matrix tells
// which.
typedef float __mtl_matrix_pair __attribute__((ext_vector_type(2)));
__attribute__((convergent)) __mtl_matrix_pair __mtl_simd_matrix_product(
    __mtl_matrix_pair a, __mtl_matrix_pair b, __mtl_matrix_pair c) __asm("mtl.simd.matrix_product");

// Lane sets and the lane's own index. Bit i of a set stands for lane i.
__attribute__((convergent)) ulong __mtl_simd_ballot(bool value) __asm("mtl.simd.ballot");
__attribute__((convergent)) ulong __mtl_simd_active() __asm("mtl.simd.active");
__attribute__((convergent)) uint __mtl_simd_lane() __asm("mtl.simd.lane");

// Hands one message to the host. `type` is a metal::os_log_type; the arguments are metal::__mtl::log_argument.
void __mtl_log(uint type, const __generic char* subsystem, const __generic char* category, const __generic char* format,
               const __generic void* arguments, uint count) __asm("mtl.log");

// Whether a function constant was given a value; the address names it.
__attribute__((__const__, __noconvergent__)) bool __mtl_is_function_constant_defined(
    const __generic void* constant_address) __asm("mtl.is_function_constant_defined");
#define is_function_constant_defined(NAME) __mtl_is_function_constant_defined(&(NAME))

#endif
