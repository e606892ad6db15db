// Every function of <metal_quadgroup>.
#include "check.h"

template <class T, class Ti, class Tb, class S>
void arithmetic() {
  T x(S(1)), y(S(2));
  ushort lane = 1;
  CHECK(T, quad_shuffle(x, lane))
  CHECK(T, quad_shuffle_up(x, lane))
  CHECK(T, quad_shuffle_down(x, lane))
  CHECK(T, quad_shuffle_xor(x, lane))
  CHECK(T, quad_shuffle_rotate_up(x, lane))
  CHECK(T, quad_shuffle_rotate_down(x, lane))
  CHECK(T, quad_broadcast(x, lane))
  CHECK(T, quad_broadcast(x, 0))
  CHECK(T, quad_broadcast_first(x))
  CHECK(T, quad_shuffle_and_fill_up(x, y, lane))
  CHECK(T, quad_shuffle_and_fill_up(x, y, lane, 2))
  CHECK(T, quad_shuffle_and_fill_down(x, y, lane))
  CHECK(T, quad_shuffle_and_fill_down(x, y, lane, 2))
  CHECK(T, quad_sum(x))
  CHECK(T, quad_product(x))
  CHECK(T, quad_min(x))
  CHECK(T, quad_max(x))
  CHECK(T, quad_prefix_inclusive_sum(x))
  CHECK(T, quad_prefix_exclusive_sum(x))
  CHECK(T, quad_prefix_inclusive_product(x))
  CHECK(T, quad_prefix_exclusive_product(x))
}

template <class T, class Ti, class Tb, class S>
void bitwise() {
  T x(S(1));
  CHECK(T, quad_and(x))
  CHECK(T, quad_or(x))
  CHECK(T, quad_xor(x))
}

kernel void inventory(ushort index [[thread_index_in_quadgroup]]) {
  OF_FLOATS(arithmetic)
  OF_INTEGERS(arithmetic)
  OF_INTEGERS(bitwise)
  CHECK(bool, quad_all(index < 4))
  CHECK(bool, quad_any(index < 4))
  CHECK(bool, quad_is_first())
  CHECK(bool, quad_is_helper_thread())
  CHECK(quad_vote, quad_ballot(index < 4))
  CHECK(quad_vote, quad_active_threads_mask())
  quad_vote vote = quad_ballot(true);
  CHECK(bool, vote.all())
  CHECK(bool, vote.any())
  CHECK(quad_vote::vote_t, static_cast<quad_vote::vote_t>(vote))
  CHECK(quad_vote, quad_vote(quad_vote::vote_t(3)))
  static_assert(sizeof(quad_vote::vote_t) == sizeof(ushort), "");
}
