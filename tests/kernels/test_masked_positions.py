"""Accesses at positions under a mask that the program passes, as in the steps of a sort: each small mask has its code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Run = Callable[..., list[Any]]

THREADS = 96
LENGTH = 512
TYPES = {"uchar": np.uint8, "half": np.float16, "uint": np.uint32, "float": np.float32, "ulong": np.uint64}
CONDITIONS: dict[str, Callable[[Any], Any]] = {"true": lambda i: i >= 0, "i % 5 != 2": lambda i: i % 5 != 2}


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("space", ["device", "threadgroup"])
@pytest.mark.parametrize(("element", "grid"), [*((element, THREADS) for element in TYPES), ("uint", 75)])
def test_exchanges(run: Run, element: str, space: str, condition: str, grid: int) -> None:
    """Threads exchange elements that are a power of two apart."""
    source = f"""kernel void k(device {element} *values, constant uint &distance, uint i [[thread_position_in_grid]],
        uint t [[thread_position_in_threadgroup]]) {{
      threadgroup {element} shared[{LENGTH}];
      {space} {element} *x = {"values" if space == "device" else "shared"};
      for (uint k = t; k < {LENGTH}; k += {grid}) shared[k] = values[k];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      const uint low = 2 * i - (i & (distance - 1));
      if ({condition}) {{
        const {element} a = x[low], b = x[low + distance];
        x[low] = b + {element}(1);
        x[low + distance] = a + {element}(2);
      }}
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if ({int(space == "threadgroup")})
        for (uint k = t; k < {LENGTH}; k += {grid}) values[k] = shared[k];
    }}"""
    values = np.random.default_rng(3).integers(0, 100, LENGTH).astype(TYPES[element])
    thread = np.arange(grid)
    thread = thread[CONDITIONS[condition](thread)]
    for distance in (1, 2, 4, 8, 16, 32, 64):
        expected = values.copy()
        low = 2 * thread - (thread & (distance - 1))
        expected[low] = values[low + distance] + TYPES[element](1)
        expected[low + distance] = values[low] + TYPES[element](2)
        out = run(source, values.copy(), np.uint32(distance), grid=[grid], group=[grid])[0]
        assert np.array_equal(out, expected), distance


@pytest.mark.parametrize("grid", [96, 75])
def test_reads_under_any_mask(run: Run, grid: int) -> None:
    """Also masks that are no power of two less one, and results that are used behind the accesses."""
    source = """kernel void k(device const uint *x, device uint *out, constant uint &mask,
        uint i [[thread_position_in_grid]]) {
      const uint low = i & mask, high = 3 * i - low;
      uint sum = x[low] + 2 * x[high];
      if (i % 7 == 3) sum += x[high + mask + 1] * 3;
      for (uint k = 0; k < i % 4; ++k) sum += low;
      out[i] = sum + high;
    }"""
    values = np.random.default_rng(4).integers(0, 1000, LENGTH).astype(np.uint32)
    i = np.arange(grid)
    for mask in (*range(34), 63, 64):
        low = i & mask
        high = 3 * i - low
        expected = values[low] + 2 * values[high] + np.where(i % 7 == 3, 3 * values[high + mask + 1], 0)
        expected = expected + i % 4 * low + high
        out = run(source, values, np.zeros(grid, np.uint32), np.uint32(mask), grid=[grid], group=[grid])[1]
        assert np.array_equal(out, expected), mask


def test_steps_of_an_index_that_may_wrap_around(run: Run) -> None:
    """Elements at an index and one more lie side by side, unless the index is the last one."""
    source = """kernel void k(device const uchar *x, device uint *out, constant uint &n, uint i [[thread_position_in_grid]]) {
      device const uchar *from = x - n;
      const uint first = n + 3 * i;
      if (i < 70) out[i] = from[first] + 2 * from[first + 1] + 3 * from[first + 2];
    }"""
    values = np.random.default_rng(5).integers(0, 255, 256).astype(np.uint8)
    i = np.arange(70)
    sums = (values[3 * i + m].astype(np.uint32) * (m + 1) for m in range(3))
    expected = sum(sums)
    for n in (0, 5, (1 << 32) - 210):
        out = run(source, values, np.zeros(96, np.uint32), np.uint32(n), grid=[96], group=[96])[1]
        assert np.array_equal(out[:70], expected), n
