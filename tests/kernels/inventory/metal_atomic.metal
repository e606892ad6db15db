// Every operation of <metal_atomic>, on every type that has it, in both memories.
#include "check.h"

#define MOVES(T, SPACE, A)                                                                                   \
  {                                                                                                          \
    volatile SPACE A* object = p_##A##_##SPACE;                                                              \
    const volatile SPACE A* readable = object;                                                               \
    T expected = T(0);                                                                                       \
    atomic_store_explicit(object, T(1), memory_order_relaxed);                                               \
    CHECK(T, atomic_load_explicit(object, memory_order_relaxed))                                             \
    CHECK(T, atomic_load_explicit(readable, memory_order_relaxed))                                           \
    CHECK(T, atomic_exchange_explicit(object, T(1), memory_order_relaxed))                                   \
    CHECK(bool, atomic_compare_exchange_weak_explicit(object, &expected, T(1), memory_order_relaxed, memory_order_relaxed)) \
  }
#define SUMS(T, SPACE, A)                                                                  \
  CHECK(T, atomic_fetch_add_explicit(p_##A##_##SPACE, T(1), memory_order_relaxed))         \
  CHECK(T, atomic_fetch_sub_explicit(p_##A##_##SPACE, T(1), memory_order_relaxed))
#define INTEGERS(T, SPACE, A)                                                              \
  CHECK(T, atomic_fetch_and_explicit(p_##A##_##SPACE, T(1), memory_order_relaxed))         \
  CHECK(T, atomic_fetch_or_explicit(p_##A##_##SPACE, T(1), memory_order_relaxed))          \
  CHECK(T, atomic_fetch_xor_explicit(p_##A##_##SPACE, T(1), memory_order_relaxed))         \
  CHECK(T, atomic_fetch_min_explicit(p_##A##_##SPACE, T(1), memory_order_relaxed))         \
  CHECK(T, atomic_fetch_max_explicit(p_##A##_##SPACE, T(1), memory_order_relaxed))

kernel void inventory(device atomic_int* p_atomic_int_device [[buffer(0)]],
                      device atomic_uint* p_atomic_uint_device [[buffer(1)]],
                      device atomic_bool* p_atomic_bool_device [[buffer(2)]],
                      device atomic_float* p_atomic_float_device [[buffer(3)]],
                      device atomic_ulong* p_atomic_ulong_device [[buffer(4)]],
                      threadgroup atomic_int* p_atomic_int_threadgroup [[threadgroup(0)]],
                      threadgroup atomic_uint* p_atomic_uint_threadgroup [[threadgroup(1)]],
                      threadgroup atomic_bool* p_atomic_bool_threadgroup [[threadgroup(2)]],
                      threadgroup atomic_float* p_atomic_float_threadgroup [[threadgroup(3)]],
                      device atomic<int>* spelled [[buffer(5)]]) {
  MOVES(int, device, atomic_int) SUMS(int, device, atomic_int) INTEGERS(int, device, atomic_int)
  MOVES(uint, device, atomic_uint) SUMS(uint, device, atomic_uint) INTEGERS(uint, device, atomic_uint)
  MOVES(bool, device, atomic_bool)
  MOVES(float, device, atomic_float) SUMS(float, device, atomic_float)
  atomic_min_explicit(p_atomic_ulong_device, 1ul, memory_order_relaxed);
  atomic_max_explicit(p_atomic_ulong_device, 1ul, memory_order_relaxed);
  MOVES(int, threadgroup, atomic_int) SUMS(int, threadgroup, atomic_int) INTEGERS(int, threadgroup, atomic_int)
  MOVES(uint, threadgroup, atomic_uint) SUMS(uint, threadgroup, atomic_uint) INTEGERS(uint, threadgroup, atomic_uint)
  MOVES(bool, threadgroup, atomic_bool)
  MOVES(float, threadgroup, atomic_float) SUMS(float, threadgroup, atomic_float)

  // An operand of another type converts; an array element and a reference are objects too.
  atomic_fetch_add_explicit(&p_atomic_uint_device[1], 1, memory_order_relaxed);
  device atomic_int& reference = spelled[2];
  atomic_fetch_max_explicit(&reference, -1, memory_order_relaxed);
  threadgroup atomic_uint own[4];
  atomic_store_explicit(&own[0], 0, memory_order_relaxed);

  atomic_thread_fence(mem_flags::mem_device, memory_order_relaxed);
  atomic_thread_fence(mem_flags::mem_threadgroup, memory_order_acquire, thread_scope_simdgroup);
  atomic_thread_fence(mem_flags::mem_device, memory_order_release, thread_scope_threadgroup);
  atomic_thread_fence(mem_flags::mem_device | mem_flags::mem_threadgroup, memory_order_acq_rel, thread_scope_device);
  atomic_thread_fence(mem_flags::mem_texture, memory_order_seq_cst, thread_scope_thread);
  threadgroup_barrier(mem_flags::mem_none);
  threadgroup_barrier(mem_flags::mem_device_and_threadgroup);
  simdgroup_barrier(mem_flags::mem_threadgroup);
}
