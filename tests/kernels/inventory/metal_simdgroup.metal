// Every function of <metal_simdgroup>.
#include "check.h"

template <class T, class Ti, class Tb, class S>
void arithmetic() {
  T x(S(1)), y(S(2));
  ushort lane = 1;
  CHECK(T, simd_shuffle(x, lane))
  CHECK(T, simd_shuffle_up(x, lane))
  CHECK(T, simd_shuffle_down(x, lane))
  CHECK(T, simd_shuffle_xor(x, lane))
  CHECK(T, simd_shuffle_rotate_up(x, lane))
  CHECK(T, simd_shuffle_rotate_down(x, lane))
  CHECK(T, simd_broadcast(x, lane))
  CHECK(T, simd_broadcast(x, 0))
  CHECK(T, simd_broadcast_first(x))
  CHECK(T, simd_shuffle_and_fill_up(x, y, lane))
  CHECK(T, simd_shuffle_and_fill_up(x, y, lane, 16))
  CHECK(T, simd_shuffle_and_fill_down(x, y, lane))
  CHECK(T, simd_shuffle_and_fill_down(x, y, lane, 16))
  CHECK(T, simd_sum(x))
  CHECK(T, simd_product(x))
  CHECK(T, simd_min(x))
  CHECK(T, simd_max(x))
  CHECK(T, simd_prefix_inclusive_sum(x))
  CHECK(T, simd_prefix_exclusive_sum(x))
  CHECK(T, simd_prefix_inclusive_product(x))
  CHECK(T, simd_prefix_exclusive_product(x))
}

template <class T, class Ti, class Tb, class S>
void bitwise() {
  T x(S(1));
  CHECK(T, simd_and(x))
  CHECK(T, simd_or(x))
  CHECK(T, simd_xor(x))
}

kernel void inventory(ushort index [[thread_index_in_simdgroup]]) {
  OF_FLOATS(arithmetic)
  OF_INTEGERS(arithmetic)
  OF_INTEGERS(bitwise)
  CHECK(bool, simd_all(index < 4))
  CHECK(bool, simd_any(index < 4))
  CHECK(bool, simd_is_first())
  CHECK(bool, simd_is_helper_thread())
  CHECK(simd_vote, simd_ballot(index < 4))
  CHECK(simd_vote, simd_active_threads_mask())
  simd_vote vote = simd_ballot(true);
  CHECK(bool, vote.all())
  CHECK(bool, vote.any())
  CHECK(simd_vote::vote_t, static_cast<simd_vote::vote_t>(vote))
  CHECK(simd_vote, simd_vote(simd_vote::vote_t(3)))
  static_assert(sizeof(simd_vote::vote_t) == sizeof(ulong), "");
}
