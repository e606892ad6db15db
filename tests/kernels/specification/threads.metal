// What threads do together: atomics, fences, barriers, operations of simdgroups and quadgroups.
#include "expect.h"

kernel void atomics(device int* failed [[buffer(0)]], device atomic_uint* u [[buffer(1)]],
                    device atomic_int* i [[buffer(2)]], device atomic_float* f [[buffer(3)]],
                    device atomic_ulong* ul [[buffer(4)]], device atomic_bool* b [[buffer(5)]]) {
  constexpr memory_order relaxed = memory_order_relaxed;
  EXPECT(atomic_fetch_add_explicit(u, 5u, relaxed) == 0 && atomic_load_explicit(u, relaxed) == 5);
  EXPECT(atomic_exchange_explicit(u, 9u, relaxed) == 5);
  uint expected = 9;
  EXPECT(atomic_compare_exchange_weak_explicit(u, &expected, 3u, relaxed, relaxed));
  EXPECT(!atomic_compare_exchange_weak_explicit(u, &expected, 4u, relaxed, relaxed) && expected == 3);
  EXPECT(atomic_fetch_min_explicit(i, -4, relaxed) == 0 && atomic_fetch_max_explicit(i, 7, relaxed) == -4);
  EXPECT(atomic_fetch_sub_explicit(i, 1, relaxed) == 7 && atomic_fetch_and_explicit(i, 4, relaxed) == 6);
  EXPECT(atomic_fetch_or_explicit(i, 3, relaxed) == 4 && atomic_fetch_xor_explicit(i, 1, relaxed) == 7);
  EXPECT(atomic_load_explicit(i, relaxed) == 6);
  EXPECT(atomic_fetch_add_explicit(f, 1.5f, relaxed) == 0 && atomic_fetch_sub_explicit(f, 0.5f, relaxed) == 1.5f);
  float expected_float = 1;
  EXPECT(atomic_compare_exchange_weak_explicit(f, &expected_float, 4.0f, relaxed, relaxed));
  EXPECT(atomic_exchange_explicit(f, 3.0f, relaxed) == 4);
  atomic_max_explicit(ul, 1ul << 40, relaxed);
  atomic_min_explicit(ul, 1ul << 35, relaxed);
  EXPECT(((device ulong*)ul)[0] == 1ul << 35);
  atomic_store_explicit(b, true, relaxed);
  EXPECT(atomic_exchange_explicit(b, false, relaxed) && !atomic_load_explicit(b, relaxed));
  threadgroup atomic<uint> shared[3];
  threadgroup atomic_float shared_float;
  atomic_store_explicit(&shared[1], 0u, relaxed);
  atomic_store_explicit(&shared_float, 1.0f, relaxed);
  EXPECT(atomic_fetch_max_explicit(&shared[1], 2u, relaxed) == 0 && atomic_load_explicit(&shared[1], relaxed) == 2);
  EXPECT(atomic_fetch_add_explicit(&shared_float, 1.0f, relaxed) == 1);
  volatile device atomic_uint& reference = *u;
  EXPECT(atomic_fetch_add_explicit(&reference, 1, relaxed) == 3);
}

kernel void barriers_together(device int* failed [[buffer(0)]], device int* numbers [[buffer(1)]],
                              uint lane [[thread_index_in_simdgroup]]) {
  numbers[lane] = lane;
  threadgroup_barrier(mem_flags::mem_device);
  EXPECT(numbers[31 - lane] == int(31 - lane));
  threadgroup_barrier(mem_flags::mem_none);
  threadgroup_barrier(mem_flags::mem_device | mem_flags::mem_threadgroup | mem_flags::mem_texture);
  threadgroup_barrier(mem_flags::mem_threadgroup, thread_scope_threadgroup);
  threadgroup_barrier(mem_flags::mem_threadgroup_imageblock);
  simdgroup_barrier(mem_flags::mem_device, thread_scope_simdgroup);
  atomic_thread_fence(mem_flags::mem_device, memory_order_seq_cst, thread_scope_device);
  atomic_thread_fence(mem_flags::mem_threadgroup, memory_order_acq_rel, thread_scope_simdgroup);
  atomic_thread_fence(mem_flags::mem_texture, memory_order_relaxed);
}

kernel void simdgroup_together(device int* failed [[buffer(0)]], uint lane [[thread_index_in_simdgroup]]) {
  const int x = lane;
  EXPECT(simd_sum(x) == 496 && simd_max(x) == 31 && simd_min(x) == 0 && simd_product(1.0f) == 1);
  EXPECT(simd_and(x | 1) == 1 && simd_or(x) == 31 && simd_xor(x) == 0);
  EXPECT(simd_prefix_inclusive_sum(1) == x + 1 && simd_prefix_exclusive_sum(1) == x);
  EXPECT(simd_broadcast(x, 5) == 5 && simd_broadcast_first(x) == 0 && simd_shuffle(x, 31 - lane) == 31 - x);
  EXPECT(simd_shuffle_xor(x, 1) == (x ^ 1) && simd_shuffle_up(x, 1) == (x ? x - 1 : 0));
  EXPECT(simd_shuffle_down(x, 1) == (x < 31 ? x + 1 : 31));
  EXPECT(simd_shuffle_rotate_up(x, 1) == (x + 31) % 32 && simd_shuffle_rotate_down(x, 1) == (x + 1) % 32);
  EXPECT(simd_shuffle_and_fill_up(x, 100 + x, 2) == (x >= 2 ? x - 2 : 130 + x));
  EXPECT(simd_shuffle_and_fill_down(x, 100 + x, 2) == (x < 30 ? x + 2 : 70 + x));
  EXPECT(simd_shuffle_and_fill_up(x, 100 + x, 1, 8) == (x % 8 ? x - 1 : 107 + x));
  EXPECT(simd_shuffle_and_fill_down(x, 100 + x, 1, 8) == (x % 8 != 7 ? x + 1 : 93 + x));
  EXPECT(simd_all(true) && simd_any(x == 3) && simd_is_first() == (x == 0) && !simd_is_helper_thread());
  const simd_vote vote = simd_ballot(x < 4);
  EXPECT(!vote.all() && vote.any() && ulong(vote) == 15 && simd_vote(~0u).all());
  EXPECT(ulong(simd_active_threads_mask()) == 0xffffffff);
  EXPECT(all(simd_sum(float2(1, 2)) == float2(32, 64)) && all(simd_shuffle(half4(x), 3) == 3));
  EXPECT(all(simd_broadcast(uchar3(x), 7) == 7) && simd_shuffle(ulong(x), 4) == 4 && simd_sum(1.0bf) == 32.0bf);
  EXPECT(simd_sum(ulong(1)) == 32 && simd_max(long(x)) == 31 && simd_max(short(x)) == 31 && simd_sum(1.0h) == 32);
  EXPECT(simd_shuffle(bool(x & 1), 3) && simd_broadcast(x == 4, 4));
}

kernel void quadgroup_together(device int* failed [[buffer(0)]], uint lane [[thread_index_in_simdgroup]]) {
  const uint first = lane & ~3u;
  EXPECT(quad_sum(1) == 4 && quad_max(lane & 3) == 3 && quad_broadcast(lane, 2) == first + 2);
  EXPECT(quad_shuffle_xor(lane, 3) == (lane ^ 3) && quad_shuffle_rotate_down(lane, 1) == first + (lane + 1) % 4);
  EXPECT(ushort(quad_vote::vote_t(quad_ballot(lane & 1))) == 10 && quad_all(true) && !quad_any(false));
  EXPECT(quad_is_first() == (lane == first) && quad_prefix_exclusive_sum(1) == int(lane & 3));
}

kernel void matrices_together(device int* failed [[buffer(0)]], device float* numbers [[buffer(1)]]) {
  simdgroup_float8x8 a = make_filled_simdgroup_matrix<float, 8, 8>(2), b(3.0f), c;
  EXPECT((a * b).thread_elements()[0] == 6);
  simdgroup_multiply(c, a, a);
  simdgroup_multiply_accumulate(c, a, b, c);
  EXPECT(c.thread_elements()[1] == 38);
  simdgroup_store(c, numbers, 8);
  simdgroup_barrier(mem_flags::mem_device);
  EXPECT(numbers[9] == 38);
  simdgroup_load(a, numbers, 8, ulong2(0, 0), true);
  EXPECT(a.thread_elements()[0] == 38);
  reinterpret_cast<thread float2&>(a.thread_elements()) = float2(4, 5);
  EXPECT(a.thread_elements()[1] == 5);
  simdgroup_half8x8 h = make_filled_simdgroup_matrix<half, 8, 8>(half(1));
  simdgroup_multiply_accumulate(c, h, h, make_filled_simdgroup_matrix<float, 8, 8>(1.0f));
  EXPECT(c.thread_elements()[0] == 9);
}

kernel void uniforms(device int* failed [[buffer(0)]], device int* numbers [[buffer(1)]]) {
  const uniform<int> same = make_uniform(numbers[0]);
  const uniform<uint> three(3u);
  EXPECT(same == 0 && same + 1 == 1 && three == 3);
}

kernel void structures_together(device int* failed [[buffer(0)]], uint lane [[thread_index_in_simdgroup]]) {
  threadgroup struct {
    int count;
    float rows[2][32];
  } shared;
  threadgroup struct Named {
    int2 pair;
  } named[2], other;
  shared.rows[1][lane] = lane;
  if (lane == 0) {
    shared.count = 5;
    named[1].pair = int2(3, 4);
    other = named[1];
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  threadgroup Named& reference = named[1];
  EXPECT(shared.rows[1][31 - lane] == 31 - lane && shared.count == 5 && reference.pair.y == 4 && other.pair.x == 3);
}
