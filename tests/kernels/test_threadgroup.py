"""Barriers, simdgroup operations and atomics, against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Array = np.ndarray[Any, Any]
Run = Callable[..., list[Array]]


@pytest.mark.parametrize("group", [1, 3, 32, 33, 100, 1024])
def test_tree_reduction(run: Run, group: int) -> None:
    values = np.random.default_rng(0).integers(-1000, 1000, 5 * 1024, dtype=np.int32)
    source = """kernel void k(device const int *in, device int *out, uint i [[thread_position_in_grid]],
                              uint l [[thread_index_in_threadgroup]], uint n [[threads_per_threadgroup]],
                              uint g [[threadgroup_position_in_grid]]) {
      threadgroup int sums[1024];
      sums[l] = in[i];
      for (uint live = n; live > 1; live = (live + 1) / 2) {
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (l < live / 2) sums[l] += sums[(live + 1) / 2 + l];
      }
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if (l == 0) out[g] = sums[0]; }"""
    groups = -(-values.size // group)
    out = run(source, values, np.zeros(groups, np.int32), grid=(values.size,), group=(group,))[1]
    expected = [values[start : start + group].sum() for start in range(0, values.size, group)]
    np.testing.assert_array_equal(out, expected)


def test_barrier_in_a_loop_with_a_uniform_exit(run: Run) -> None:
    source = """kernel void k(device int *out, uint l [[thread_index_in_threadgroup]]) {
      threadgroup int value;
      if (l == 0) value = 0;
      threadgroup_barrier(mem_flags::mem_threadgroup);
      while (true) {
        int seen = value;
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (seen >= 5) break;
        if (l == uint(seen)) value = seen + 1;
        threadgroup_barrier(mem_flags::mem_threadgroup);
      }
      out[l] = value; }"""
    (out,) = run(source, np.zeros(64, np.int32), grid=(64,), group=(64,))
    assert out.tolist() == [5] * 64


def test_finished_threads_count_as_arrived(run: Run) -> None:
    source = """kernel void k(device int *out, uint l [[thread_index_in_threadgroup]]) {
      threadgroup int shared[64];
      if (l >= 40) return;
      shared[l] = l;
      threadgroup_barrier(mem_flags::mem_threadgroup);
      out[l] = shared[39 - l]; }"""
    (out,) = run(source, np.full(64, -1, np.int32), grid=(64,), group=(64,))
    assert out.tolist() == [*range(39, -1, -1), *([-1] * 24)]


REDUCTIONS: dict[str, Callable[[Array], Any]] = {
    "simd_sum": lambda v: v.sum(),
    "simd_product": lambda v: v.prod(),
    "simd_min": lambda v: v.min(),
    "simd_max": lambda v: v.max(),
    "simd_and": np.bitwise_and.reduce,
    "simd_or": np.bitwise_or.reduce,
    "simd_xor": np.bitwise_xor.reduce,
}


@pytest.mark.parametrize("kind", ["int", "uint", "short", "uchar", "float", "half"])
@pytest.mark.parametrize("name", sorted(REDUCTIONS))
def test_simd_reduction(run: Run, name: str, kind: str) -> None:
    dtype = {"int": np.int32, "uint": np.uint32, "short": np.int16, "uchar": np.uint8, "float": np.float32}.get(
        kind, np.float16
    )
    if kind in ("float", "half") and name in ("simd_and", "simd_or", "simd_xor"):
        name = "simd_sum"
    # Whole numbers whose products fit: the order of operations does not show. 50 threads: one simdgroup is not full.
    values = np.random.default_rng(1).choice([1, 1, 1, 2], 50).astype(dtype)
    if name == "simd_product" and kind in ("half", "uchar", "short"):
        values[:] = 1
        values[::16] = 2
    source = f"""kernel void k(device const {kind} *in, device {kind} *out, uint i [[thread_position_in_grid]]) {{
      out[i] = {name}(in[i]); }}"""
    out = run(source, values, np.zeros_like(values), grid=(50,), group=(50,))[1]
    expected = np.concatenate(
        [np.full(n, REDUCTIONS[name](part)) for n, part in ((32, values[:32]), (18, values[32:]))]
    )
    np.testing.assert_array_equal(out, expected.astype(dtype))


def test_simd_scans_and_votes(run: Run) -> None:
    values = np.arange(1, 33, dtype=np.int32)
    source = """kernel void k(device const int *in, device int *out, uint i [[thread_position_in_grid]]) {
      int x = in[i]; device int *o = out + i * 8;
      o[0] = simd_prefix_inclusive_sum(x); o[1] = simd_prefix_exclusive_sum(x);
      o[2] = simd_any(x > 31); o[3] = simd_all(x > 1); o[4] = simd_is_first();
      o[5] = simd_broadcast(x, 7); o[6] = simd_broadcast_first(x); o[7] = (int)(ulong)simd_ballot(x % 2 == 0); }"""
    out = run(source, values, np.zeros((32, 8), np.int32), grid=(32,), group=(32,))[1]
    np.testing.assert_array_equal(out[:, 0], np.cumsum(values))
    np.testing.assert_array_equal(out[:, 1], np.cumsum(values) - values)
    assert out[:, 2].tolist() == [1] * 32
    assert out[:, 3].tolist() == [0] * 32
    assert out[:, 4].tolist() == [1] + [0] * 31
    assert out[:, 5].tolist() == [8] * 32
    assert out[:, 6].tolist() == [1] * 32
    assert out[:, 7].astype(np.uint32).tolist() == [0xAAAAAAAA] * 32


def test_simd_shuffles(run: Run) -> None:
    source = """kernel void k(device float *out, ushort l [[thread_index_in_simdgroup]]) {
      float x = l; device float *o = out + l * 6;
      o[0] = simd_shuffle(x, ushort(31 - l)); o[1] = simd_shuffle_xor(x, 5); o[2] = simd_shuffle_up(x, 3);
      o[3] = simd_shuffle_down(x, 4); o[4] = simd_shuffle_rotate_up(x, 2); o[5] = simd_shuffle_rotate_down(x, 2); }"""
    (out,) = run(source, np.zeros((32, 6), np.float32), grid=(32,), group=(32,))
    lane = np.arange(32)
    np.testing.assert_array_equal(out[:, 0], 31 - lane)
    np.testing.assert_array_equal(out[:, 1], lane ^ 5)
    np.testing.assert_array_equal(out[3:, 2], lane[:-3])
    np.testing.assert_array_equal(out[:28, 3], lane[4:])
    np.testing.assert_array_equal(out[:, 4], (lane - 2) % 32)
    np.testing.assert_array_equal(out[:, 5], (lane + 2) % 32)


def test_divergent_lanes_gather_with_their_own_kind(run: Run) -> None:
    source = """kernel void k(device int *out, uint l [[thread_index_in_simdgroup]]) {
      int x;
      if (l % 2 == 0) { x = simd_sum(1); } else { x = 100 + simd_sum(2); }
      int rounds = 0;
      for (uint i = 0; i <= l % 4; ++i) rounds += simd_sum(1);
      out[l * 3] = x; out[l * 3 + 1] = rounds; out[l * 3 + 2] = simd_sum(1); }"""
    (out,) = run(source, np.zeros((32, 3), np.int32), grid=(32,), group=(32,))
    lanes = np.arange(32)
    np.testing.assert_array_equal(out[:, 0], np.where(lanes % 2 == 0, 16, 132))
    # Round i has the lanes that are still in the loop: 32, 24, 16, 8.
    np.testing.assert_array_equal(out[:, 1], np.cumsum([32, 24, 16, 8])[lanes % 4])
    assert out[:, 2].tolist() == [32] * 32


def test_simdgroup_barrier_orders_threadgroup_memory(run: Run) -> None:
    source = """kernel void k(device int *out, uint l [[thread_index_in_threadgroup]]) {
      threadgroup int shared[32];
      shared[l] = l;
      simdgroup_barrier(mem_flags::mem_threadgroup);
      out[l] = shared[31 - l]; }"""
    (out,) = run(source, np.zeros(32, np.int32), grid=(32,), group=(32,))
    assert out.tolist() == list(range(31, -1, -1))


ATOMICS: dict[str, Callable[[Array, int], int]] = {
    "add": lambda v, start: start + int(v.sum()),
    "sub": lambda v, start: start - int(v.sum()),
    "min": lambda v, start: min(start, int(v.min())),
    "max": lambda v, start: max(start, int(v.max())),
    "and": lambda v, start: start & int(np.bitwise_and.reduce(v)),
    "or": lambda v, start: start | int(np.bitwise_or.reduce(v)),
    "xor": lambda v, start: start ^ int(np.bitwise_xor.reduce(v)),
}


@pytest.mark.parametrize("kind", ["int", "uint"])
@pytest.mark.parametrize("space", ["device", "threadgroup"])
@pytest.mark.parametrize("name", sorted(ATOMICS))
def test_integer_atomics(run: Run, name: str, space: str, kind: str) -> None:
    dtype = np.int32 if kind == "int" else np.uint32
    values = np.random.default_rng(5).integers(0, 1 << 20, 1000).astype(dtype)
    start = 1 << 21
    source = f"""kernel void k(device const {kind} *in, device atomic_{kind} *out, uint i [[thread_position_in_grid]],
                               uint l [[thread_index_in_threadgroup]]) {{
      threadgroup atomic_{kind} local;
      if (l == 0) atomic_store_explicit(&local, {start}, memory_order_relaxed);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      {space} atomic_{kind} *target = {"out" if space == "device" else "&local"};
      atomic_fetch_{name}_explicit(target, in[i], memory_order_relaxed);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if (l == 0 && {str(space == "threadgroup").lower()})
        atomic_store_explicit(out, atomic_load_explicit(&local, memory_order_relaxed), memory_order_relaxed); }}"""
    out = run(source, values, np.array([start], dtype), grid=(1000,), group=(1000,))[1]
    assert out[0] == np.array(ATOMICS[name](values, start)).astype(dtype)


def test_float_atomics_across_threadgroups(run: Run) -> None:
    source = """kernel void k(device atomic_float *sum, uint i [[thread_position_in_grid]]) {
      atomic_fetch_add_explicit(sum, 0.5, memory_order_relaxed); }"""
    (out,) = run(source, np.zeros(1, np.float32), grid=(100_000,), group=(64,))
    assert out[0] == 50_000


def test_exchange_and_compare_exchange(run: Run) -> None:
    source = """kernel void k(device atomic_int *counter, device int *seen, uint i [[thread_position_in_grid]]) {
      int expected = atomic_load_explicit(counter, memory_order_relaxed);
      while (!atomic_compare_exchange_weak_explicit(counter, &expected, expected + 3, memory_order_relaxed,
                                                    memory_order_relaxed)) {}
      seen[expected / 3] = 1;
      if (i == 0) atomic_exchange_explicit(counter + 1, 42, memory_order_relaxed); }"""
    counter, seen = run(source, np.zeros(2, np.int32), np.zeros(5000, np.int32), grid=(5000,), group=(100,))
    assert counter.tolist() == [15000, 42]
    assert seen.all()


def test_threadgroup_memory_is_not_shared_between_threadgroups(run: Run) -> None:
    source = """kernel void k(device int *out, threadgroup int *scratch [[threadgroup(0)]],
                              threadgroup int *more [[threadgroup(3)]], uint g [[threadgroup_position_in_grid]],
                              uint l [[thread_index_in_threadgroup]], uint i [[thread_position_in_grid]]) {
      if (l == 0) scratch[0] = g;
      more[l] = l;
      threadgroup_barrier(mem_flags::mem_threadgroup);
      out[i] = scratch[0] * 100 + more[15 - l]; }"""
    (out,) = run(source, np.zeros(1600, np.int32), grid=(1600,), group=(16,), threadgroup_bytes=(16, 16, 16, 64))
    i = np.arange(1600)
    np.testing.assert_array_equal(out, i // 16 * 100 + 15 - i % 16)


@pytest.mark.parametrize(
    "declaration",
    [
        "threadgroup __attribute__((aligned(64))) char a[4]",
        "alignas(64) threadgroup char a[4]",
        "static alignas(32 * 2) threadgroup char a[4]",
        "threadgroup alignas(64) char a[4]",
    ],
)
def test_threadgroup_variables_are_aligned(run: Run, declaration: str) -> None:
    source = f"""kernel void k(device ulong *out, uint l [[thread_index_in_threadgroup]]) {{
          threadgroup char before[3]; {declaration}; threadgroup char after[1];
          before[l % 3] = 1; after[0] = 2; a[l] = char(l * 2);
          threadgroup_barrier(mem_flags::mem_threadgroup);
          if (l == 0) out[0] = (ulong)&a[0] % 64;
          out[1 + l] = a[3 - l]; }}"""
    (out,) = run(source, np.full(5, 99, np.uint64), grid=(4,), group=(4,))
    assert out.tolist() == [0, 6, 4, 2, 0]
