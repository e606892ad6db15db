"""Loops that several simdgroups of a threadgroup may run through side by side, for every number of simdgroups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Run = Callable[..., list[Any]]

GROUPS = [(32, 1), (32, 3), (32, 4), (32, 7), (64, 5), (48, 5), (20, 9)]


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("inner", [0, 1, 19])
def test_products_of_matrices(run: Run, group: tuple[int, int], inner: int) -> None:
    rng = np.random.default_rng(11)
    width, height = 2 * group[0], 2 * group[1]
    a = rng.standard_normal((height, max(inner, 1)), dtype=np.float32)
    b = rng.standard_normal((max(inner, 1), width), dtype=np.float32)
    source = """kernel void k(device const float *a, device const float *b, device float *c, constant uint2 &size,
        uint2 p [[thread_position_in_grid]]) {
      float sum = 0.0f;
      for (uint k = 0; k < size.y; k++) sum += a[p.y * max(size.y, 1u) + k] * b[k * size.x + p.x];
      c[p.y * size.x + p.x] = sum;
    }"""
    c = run(source, a, b, np.zeros((height, width), np.float32), np.array([width, inner], np.uint32),
            grid=[width, height], group=list(group))[2]  # fmt: skip
    np.testing.assert_allclose(c, a @ b if inner else np.zeros_like(c), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("count", [1, 2, 4, 5, 8])
@pytest.mark.parametrize("start", [0, 65536 - 80, 65536 - 257])
def test_an_index_that_wraps_around_in_one_simdgroup(run: Run, count: int, start: int) -> None:
    """Though some could go the usual way, all go the one that is always right."""
    values = np.random.default_rng(12).integers(-1000, 1000, 65536, dtype=np.int32)
    threads = 32 * count
    source = """kernel void k(device const int *x, device int *out, constant uint2 &n, uint i [[thread_position_in_grid]],
        uint s [[simdgroup_index_in_threadgroup]]) {
      int sum = 0;
      for (uint k = 0; k < n.y; k++) sum = sum * 3 + x[ushort(i + n.x + k * 5)] + int(s & k);
      out[i] = sum;
    }"""
    out = run(source, values, np.zeros(threads, np.int32), np.array([start, 11], np.uint32), grid=[threads],
              group=[threads])[1]  # fmt: skip
    thread = np.arange(threads)
    expected = np.zeros(threads, np.int64)
    for k in range(11):
        expected = expected * 3 + values[(thread + start + k * 5) % 65536] + (thread // 32 & k)
    assert np.array_equal(out, expected.astype(np.int32))


@pytest.mark.parametrize("count", [3, 8])
def test_loops_that_write_and_meet_at_barriers(run: Run, count: int) -> None:
    """Each thread sees its own writes, and behind the barrier those of the others."""
    threads = 32 * count
    values = np.random.default_rng(13).integers(0, 100, (6, threads), dtype=np.int32)
    source = f"""kernel void k(device const int *x, device int *out, constant uint &n, uint t [[thread_index_in_threadgroup]]) {{
      threadgroup int shared[{threads}];
      shared[t] = 0;
      for (uint k = 0; k < n; k++) {{ shared[t] = shared[t] * 2 + x[k * {threads} + t]; out[k * {threads} + t] = shared[t]; }}
      threadgroup_barrier(mem_flags::mem_threadgroup);
      int sum = 0;
      for (uint k = 0; k < n; k++) sum += shared[(t + k * 32) % {threads}] * x[k * {threads} + t];
      out[n * {threads} + t] = sum;
    }}"""
    out = run(source, values, np.zeros((7, threads), np.int32), np.uint32(6), grid=[threads], group=[threads])[1]
    state = np.zeros(threads, np.int64)
    for k in range(6):
        state = state * 2 + values[k]
        assert np.array_equal(out[k], state)
    sums = sum(np.roll(state, -32 * k) * values[k] for k in range(6))
    assert np.array_equal(out[6], sums)


@pytest.mark.parametrize("count", [3, 4, 7, 8])
@pytest.mark.parametrize("element", ["uchar", "ushort", "uint"])
def test_threadgroup_atomics_in_loops(run: Run, element: str, count: int) -> None:
    """Simdgroups count into few bins, beside each other; with a sum, with tickets, and an index that is stored before."""
    types = {"uchar": np.uint8, "ushort": np.uint16, "uint": np.uint32}
    threads, rounds = 32 * count, 9
    bins = np.random.default_rng(14).integers(0, 5, (rounds, threads)).astype(types[element])
    source = f"""kernel void k(device {element} *x, device uint *out, constant uint &n, uint t [[thread_index_in_threadgroup]]) {{
      threadgroup atomic_uint own[3][8];
      for (uint i = t; i < 24; i += {threads}) atomic_store_explicit(&own[i / 8][i % 8], 0, memory_order_relaxed);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      for (uint k = 0; k < n; k++) atomic_fetch_add_explicit(&own[0][x[k * {threads} + t]], 1, memory_order_relaxed);
      float sum = 0;
      for (uint k = 0; k < n; k++) {{
        const {element} bin = x[k * {threads} + t];
        atomic_fetch_add_explicit(&own[1][bin], 1, memory_order_relaxed);
        sum += bin;
      }}
      uint tickets = 0;
      for (uint k = 0; k < n; k++) {{
        const {element} bin = x[k * {threads} + t];
        x[k * {threads} + t] = 7;
        tickets += atomic_fetch_add_explicit(&own[2][bin], 1, memory_order_relaxed);
      }}
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if (t < 24) out[t] = atomic_load_explicit(&own[t / 8][t % 8], memory_order_relaxed);
      out[24 + t] = uint(sum);
      out[24 + {threads} + t] = tickets;
    }}"""
    outputs = run(
        source, bins, np.zeros(24 + 2 * threads, np.uint32), np.uint32(rounds), grid=[threads], group=[threads]
    )
    counts = np.bincount(bins.ravel(), minlength=8)
    assert (outputs[0] == 7).all()
    assert np.array_equal(outputs[1][:24].reshape(3, 8), np.tile(counts, (3, 1)))
    assert np.array_equal(outputs[1][24 : 24 + threads], bins.sum(axis=0))
    assert outputs[1][24 + threads :].sum() == (counts * (counts - 1) // 2).sum()
