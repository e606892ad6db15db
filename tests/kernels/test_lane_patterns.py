"""Reads at addresses that differ from lane to lane in patterns: shared, in blocks, in rows of matrices, backwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Run = Callable[..., list[Any]]
Indices = NDArray[np.int64]

THREADS = 96
LENGTH = 1 << 16

# Indices of elements in MSL and in NumPy: l is the lane, i the thread, n is 37. Up to 3 elements further are read.
PATTERNS: dict[str, tuple[str, Callable[[Indices, Indices], Indices]]] = {
    "shared": ("l / 4 + n", lambda i, lane: lane // 4 + 37),
    "same": ("l / 32 * 5", lambda i, lane: lane // 32 * 5),
    "blocks": ("i / 2 * 9 + i % 2 * 4", lambda i, lane: i // 2 * 9 + i % 2 * 4),
    "blocks of a lane": ("n + l / 2 * 18 + l % 2 * 8", lambda i, lane: 37 + lane // 2 * 18 + lane % 2 * 8),
    "rows": ("(l & 7) * n + (l >> 3) * 4", lambda i, lane: (lane & 7) * 37 + (lane >> 3) * 4),
    "matrix": (
        "((l >> 2 & 4) | (l >> 1 & 3)) * n + ((l >> 1 & 4) | (l << 1 & 2))",
        lambda i, lane: ((lane >> 2 & 4) | (lane >> 1 & 3)) * 37 + ((lane >> 1 & 4) | (lane << 1 & 2)),
    ),
    "neighbours": ("(l ^ 1) * 4", lambda i, lane: (lane ^ 1) * 4),
    "mirrored": ("((31 - l) ^ 5) + n * 3", lambda i, lane: ((31 - lane) ^ 5) + 111),
    "backwards": ("uint(int(n * 40) - int(l) * 3)", lambda i, lane: 37 * 40 - lane * 3),
    "wrapping bytes": ("uchar(l / 2 * 3 + n * 6)", lambda i, lane: (lane // 2 * 3 + 222) % 256),
    "wrapping shorts": (
        "ushort(l / 2 * 800 + n * 1700) & 0xfff0u",
        lambda i, lane: (lane // 2 * 800 + 62900) % 65536 & 0xFFF0,
    ),
    "columns": ("l * 512 + n", lambda i, lane: lane * 512 + 37),
    "overlapping": ("l * 2 + i / 32 * 64", lambda i, lane: lane * 2 + i // 32 * 64),
}
# A condition in both, and which of the elements from there on are read.
READS: list[tuple[str, Callable[[Indices], Any], list[int]]] = [
    ("true", lambda i: i >= 0, [0]),
    ("true", lambda i: i >= 0, [0, 1, 3]),
    ("true", lambda i: i >= 0, [0, 1, 2, 3]),
    ("i % 3 != 1", lambda i: i % 3 != 1, [2, 3]),
    ("i / 32 != n / 32", lambda i: i // 32 != 1, [0, 1, 2, 3]),
]
TYPES = {"uchar": np.uint8, "half": np.float16, "uint": np.uint32, "long": np.int64}


@pytest.mark.parametrize("space", ["device", "threadgroup"])
@pytest.mark.parametrize(("element", "group"), [*((element, THREADS) for element in TYPES), ("uint", 48)])
def test_reads(run: Run, element: str, space: str, group: int) -> None:
    rng = np.random.default_rng(7)
    length = LENGTH if space == "device" else 2048
    values = rng.integers(0, 200, length).astype(TYPES[element])
    # Threadgroup memory is small.
    patterns = {k: v for k, v in PATTERNS.items() if space == "device" or k not in ("wrapping shorts", "columns")}
    thread = np.arange(THREADS)
    body, expected = "", []
    for index, of_lanes in patterns.values():
        for condition, is_on, members in READS:
            reads = " + ".join(f"{m + 2} * float(from[{m}])" for m in members)
            body += f"if ({condition}) {{ const auto from = x + ({index}); *out = {reads}; }} out += {THREADS};\n"
            at = of_lanes(thread, thread % group % 32)
            sums = sum((m + 2) * values[np.minimum(at + m, length - 1)].astype(np.float32) for m in members)
            expected.append(np.where(is_on(thread), sums, 0))
    source = f"""kernel void k(device const {element} *values, device float *out, constant uint &n,
        uint i [[thread_position_in_grid]], uint t [[thread_position_in_threadgroup]],
        uint l [[thread_index_in_simdgroup]]) {{
      {"device const" if space == "device" else "threadgroup"} {element} *x;
      threadgroup {element} shared[2048];
      for (uint k = t; k < 2048; k += {group}) shared[k] = values[k];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      x = {"values" if space == "device" else "shared"};
      out += i;
      {body}
    }}"""
    results = np.zeros((len(expected), THREADS), np.float32)
    out = run(source, values, results, np.uint32(37), grid=[THREADS], group=[group])[1]
    names = [f"{pattern}, {read[0]}, {read[2]}" for pattern in patterns for read in READS]
    wrong = [name for name, a, b in zip(names, out, expected) if not np.array_equal(a, b)]
    assert wrong == []


def test_a_loop_that_lanes_leave_at_different_times(run: Run) -> None:
    """Blocks of 18 bytes, two lanes a block: the form of quantised weights."""
    rng = np.random.default_rng(8)
    blocks = 53
    values = rng.integers(0, 256, (blocks, 18), dtype=np.uint8)
    source = """struct Block { ushort scale; uchar weights[16]; };
    kernel void k(device const Block *blocks, device uint *out, constant uint &n, uint i [[thread_position_in_grid]]) {
      const uint lane = i % 32;
      uint sum = 0;
      for (uint b = lane / 2; b < n; b += 16) {
        const uint first = lane % 2 * 8;
        uint part = 0;
        for (uint k = 0; k < 8; k++) part += (k + 1) * blocks[b].weights[first + k];
        sum += part * blocks[b].scale;
      }
      out[i] = sum;
    }"""
    out = run(source, values, np.zeros(64, np.uint32), np.uint32(blocks), grid=[64], group=[64])[1]
    scales = values[:, :2].copy().view(np.uint16)[:, 0].astype(np.uint64)
    parts = values[:, 2:].reshape(blocks, 2, 8).astype(np.uint64) @ np.arange(1, 9, dtype=np.uint64)
    sums = parts * scales[:, None]
    expected = [sums[lane // 2 :: 16, lane % 2].sum() for lane in range(32)]
    assert np.array_equal(out, np.tile(np.array(expected, np.uint64).astype(np.uint32), 2))


def test_stores_through_two_names_of_one_buffer(run: Run) -> None:
    """The members of a structure are stored together, but not behind a store that may write to one of them."""
    source = """struct Pair { uint x, y; };
    kernel void k(device Pair *pairs, constant uint &n, uint i [[thread_position_in_grid]]) {
      device uint *words = (device uint *)pairs + n;
      pairs[i].x = 1;
      words[2 * i] = 2;
      pairs[i].y = 3;
    }"""
    out = run(source, np.zeros(128, np.uint32), np.uint32(0), grid=[64], group=[64])[0]
    assert np.array_equal(out, np.tile([2, 3], 64))


@pytest.mark.parametrize("grid", [96, 75])
@pytest.mark.parametrize("index", ["uchar", "ushort", "uint", "int"])
def test_threadgroup_atomics(run: Run, index: str, grid: int) -> None:
    """All of a simdgroup at once, and some of it; with and without the value before."""
    rng = np.random.default_rng(9)
    places = rng.integers(0, 40, 96).astype(np.uint32)
    source = f"""kernel void k(device const uint *places, device uint *out, uint t [[thread_position_in_threadgroup]]) {{
      threadgroup atomic_uint sums[40], tickets[40], most[40], claims[40];
      const {index} p = {index}(places[t]);
      atomic_fetch_add_explicit(&sums[p], t, memory_order_relaxed);
      atomic_fetch_max_explicit(&most[p], t, memory_order_relaxed);
      const uint ticket = atomic_fetch_add_explicit(&tickets[p], 1, memory_order_relaxed);
      uint expected = 0;
      if (t % 3 != 0) atomic_fetch_add_explicit(&sums[p], 1000, memory_order_relaxed);
      const bool is_first = atomic_compare_exchange_weak_explicit(&claims[p], &expected, t + 1,
          memory_order_relaxed, memory_order_relaxed);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      out[t] = atomic_load_explicit(&sums[p], memory_order_relaxed);
      out[t + 96] = atomic_load_explicit(&most[p], memory_order_relaxed);
      out[t + 192] = ticket;
      out[t + 288] = is_first;
      out[t + 384] = expected;
    }}"""
    out = run(source, places, np.zeros((5, 96), np.uint32), grid=[grid], group=[grid])[1][:, :grid]
    places, thread = places[:grid], np.arange(grid)
    for place in range(40):
        here = thread[places == place]
        if here.size == 0:
            continue
        assert (out[0, here] == here.sum() + 1000 * np.count_nonzero(here % 3)).all()
        assert (out[1, here] == here.max()).all()
        assert sorted(out[2, here]) == list(range(here.size))
        assert out[3, here].sum() == 1
        winner = here[out[3, here] == 1][0]
        assert (out[4, here[here != winner]] == winner + 1).all()
        assert out[4, winner] == 0
