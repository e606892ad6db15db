"""Loops that lanes leave in different rounds: who takes part in what they do on the way out, and what they know behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Array = np.ndarray[Any, Any]
Run = Callable[..., list[Array]]

THREADS = 80
ROUNDS = np.random.default_rng(19).integers(0, 9, THREADS).astype(np.uint32)


def same_round(width: int, key: Array) -> Array:
    """How many lanes of each thread's group have the same key."""
    return np.array(
        [np.count_nonzero(key[i // width * width : (i // width + 1) * width] == key[i]) for i in range(THREADS)]
    )


# What `f` returns in each is -1 for the lanes that run through.
LOOPS = {
    "for": "for (uint r = 0; r < 6; ++r) if (r == w) { x = COUNT; break; }",
    "for with a value to clean up": "for (uint r = 0; r < 6; ++r) { float y[3] = {float(r), 1, 2}; y[w % 3] = r; "
    "if (y[r % 3] > -1 && r == w) { x = COUNT; break; } }",
    "while": "uint r = 0; while (r < 6) { if (r == w) { x = COUNT; break; } r++; }",
    "do": "uint r = 0; do { if (r == w) { x = COUNT; break; } } while (++r < 6);",
    "for ever": "for (uint r = 0;; ++r) { if (r == w) { if (r < 6) x = COUNT; break; } }",
    "return": "for (uint r = 0; r < 6; ++r) { if (r == w) { x = COUNT; return x; } }",
    "return of it": "for (uint r = 0; r < 6; ++r) { if (r == w) return COUNT; }",
    "return of it by a branch": "for (uint r = 0; r < 6; ++r) { if (r == w) return r > 100 ? -7 : COUNT; }",
    "only a return": "for (uint r = 0;; ++r) { if (r == w) return r < 6 ? COUNT : -1; }",
    "switch": "for (uint r = 0; r < 6; ++r) { switch (r == w ? 1 : r > 90 ? 2 : 0) { case 1: x = COUNT; return x; "
    "case 2: x = 5; break; default: break; } }",
    "nested": "for (uint r = 0; r < 3; ++r) for (uint q = 0; q < 2; ++q) if (r * 2 + q == w) { x = COUNT; return x; }",
    "do once": "for (uint r = 0; r < 6; ++r) { do { if (r != w) break; x = COUNT; return x; } while (false); }",
    "continue": "for (uint r = 0; r < 6; ++r) { if (r != w) continue; x = COUNT; break; }",
    "function": "for (uint r = 0; r < 6; ++r) if (r == w) { x = count(); break; }",
    "template": "x = search<6>(w);",
    "lambda": "auto look = [&]() { for (uint r = 0; r < 6; ++r) if (r == w) return COUNT; return -1; }; x = look();",
    "range": "uint rounds[6] = {0, 1, 2, 3, 4, 5}; for (uint r : rounds) { if (r == w) { x = COUNT; break; } }",
    "barrier": "for (uint r = 0; r < 6; ++r) if (r == w) { simdgroup_barrier(mem_flags::mem_none); x = COUNT; break; }",
}


@pytest.mark.parametrize("group", ["simd", "quad"])
@pytest.mark.parametrize("loop", sorted(LOOPS))
def test_lanes_that_leave_in_one_round(run: Run, loop: str, group: str) -> None:
    count = "int(simd_sum(1))" if group == "simd" else "int(quad_sum(1))"
    source = f"""
int count() {{ return {count}; }}
template <uint n> int search(uint w) {{ for (uint r = 0; r < n; ++r) if (r == w) {{ return {count}; }} return -1; }}
static int f(uint w) {{ int x = -1; {LOOPS[loop].replace("COUNT", count)} return x; }}
kernel void k(device const uint *in, device int2 *out, uint i [[thread_position_in_grid]]) {{
  int x = f(in[i]);
  out[i] = int2(x, {count}); }}"""
    out = run(source, ROUNDS, np.zeros((THREADS, 2), np.int32), grid=(THREADS,), group=(THREADS,))[1]
    width = 32 if group == "simd" else 4
    np.testing.assert_array_equal(out[:, 0], np.where(ROUNDS < 6, same_round(width, ROUNDS), -1))
    np.testing.assert_array_equal(out[:, 1], same_round(width, np.zeros(THREADS)))


def test_return_from_the_kernel(run: Run) -> None:
    source = """kernel void k(device const uint *in, device int *out, uint i [[thread_position_in_grid]]) {
      for (uint r = 0; r < 6; ++r) { if (r == in[i]) { out[i] = simd_sum(1); return; } }
      out[i] = 100 + simd_sum(1); }"""
    out = run(source, ROUNDS, np.zeros(THREADS, np.int32), grid=(THREADS,), group=(THREADS,))[1]
    key = np.minimum(ROUNDS, 6)
    np.testing.assert_array_equal(out, same_round(32, key) + np.where(key == 6, 100, 0))


def test_constant_functions_are_still_constant(run: Run) -> None:
    source = """constexpr int first(int of) { for (int i = 2;; ++i) { if (of % i == 0) return i; if (i > 100) break; } return 0; }
    constant int table[first(91)] = {1, 2, 3, 4, 5, 6, 7};
    kernel void k(device int *out) { out[0] = table[first(25)]; }"""
    assert run(source, np.zeros(1, np.int32), grid=(1,), group=(1,))[0][0] == 6


def test_some_begin_anew_while_others_leave(run: Run) -> None:
    """The branch that parts them is the first thing in the loop, which all leave by another one."""
    source = """kernel void k(device const uint *in, device uint *out, uint i [[thread_position_in_grid]]) {
      uint r = 0, n = 0, with = 0;
      for (;;) { ++r; if (r % (in[i] + 1)) continue; n++; with += simd_sum(1); if (r > 12) break; }
      out[i * 3] = r; out[i * 3 + 1] = n; out[i * 3 + 2] = with; }"""
    given = (np.arange(32) % 3).astype(np.uint32)
    out = run(source, given, np.zeros((32, 3), np.uint32), grid=(32,), group=(32,))[1]
    step = given + 1
    last = 12 // step * step + step
    np.testing.assert_array_equal(out[:, 0], last)
    np.testing.assert_array_equal(out[:, 1], last // step)
    with_whom = [
        sum(
            np.count_nonzero((step == s) & (last >= r))
            for s in (1, 2, 3)
            for r in range(mine, end + 1, mine)
            if r % s == 0
        )
        for mine, end in zip(step.tolist(), last.tolist())
    ]
    np.testing.assert_array_equal(out[:, 2], with_whom)


def test_rounds_that_simdgroups_count_are_their_own_behind_a_barrier(run: Run) -> None:
    source = """kernel void k(device const uint *in, device uint *out, uint i [[thread_position_in_grid]],
                              uint s [[simdgroup_index_in_threadgroup]]) {
      uint r = 0, n = 0, most = in[0];
      for (;;) { ++r; if (r % (s + 1)) continue; n += r; if (r > most) break; }
      threadgroup_barrier(mem_flags::mem_device);
      out[i * 2] = n; out[i * 2 + 1] = r; }"""
    out = run(source, np.array([12], np.uint32), np.zeros((128, 2), np.uint32), grid=(128,), group=(128,))[1]
    step = np.arange(128) // 32 + 1
    last = 12 // step * step + step
    np.testing.assert_array_equal(out[:, 1], last)
    np.testing.assert_array_equal(out[:, 0], step * (last // step) * (last // step + 1) // 2)


def test_ways_that_nobody_takes_bring_no_value(run: Run) -> None:
    """Behind a loop with several ways out, a short block runs for no lane, and the value that all share is not its own."""
    source = """kernel void k(device const uint *in, device uint *out, uint i [[thread_position_in_grid]]) {
      uint x = 0, n = 0, w = in[i];
      while (n < 5u + w % 3u) {
        ++n;
        if (n % 3u == 2u) continue;
        if (n % 3u == 0u) { x = x * 3u + simd_sum(1u) * 2u; break; }
        x = x * 5u + x + 9u; }
      out[i] = x; }"""
    out = run(source, np.arange(32, dtype=np.uint32), np.zeros(32, np.uint32), grid=(32,), group=(32,))[1]
    assert (out == 91).all()
