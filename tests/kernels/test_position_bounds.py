"""Branches on whether a thread's position lies within a bound, most of which a simdgroup takes as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Run = Callable[..., list[Any]]
Positions = NDArray[np.int64]

# Conditions in MSL and in NumPy: p is a position in the threadgroup, n is 7.
CONDITIONS: dict[str, Callable[[Positions], Any]] = {
    **{f"p < {k}": (lambda p, k=k: p < k) for k in (0, 1, 2, 7, 16, 31, 32, 33, 64, 2000)},  # type: ignore[misc]
    **{f"p == {k}": (lambda p, k=k: p == k) for k in (0, 5, 31, 32, 45, 95, 2000)},  # type: ignore[misc]
    **{f"p != {k}": (lambda p, k=k: p != k) for k in (0, 33)},  # type: ignore[misc]
    "p > 31": lambda p: p > 31,
    "p >= 32": lambda p: p >= 32,
    "p <= 63": lambda p: p <= 63,
    "63 < p": lambda p: p > 63,
    "int(p) < 5": lambda p: p < 5,
    "int(p) - 64 < 0": lambda p: p < 64,
    "int(p) - 64 >= -32": lambda p: p >= 32,
    "p - 32 < 32": lambda p: (p >= 32) & (p < 64),
    "p / 32 == 1": lambda p: p // 32 == 1,
    "p + 4294967264u < 4": lambda p: (p >= 32) & (p < 36),
    "ushort(p) < 3": lambda p: p < 3,
    "p < n": lambda p: p < 7,
    "p < n || p == 40": lambda p: (p < 7) | (p == 40),
}


@pytest.mark.parametrize("group", [(96,), (75,), (64, 1, 2), (8, 12), (33, 2)])
@pytest.mark.parametrize("position", ["t", "x", "i"])
def test_conditions(run: Run, position: str, group: tuple[int, ...]) -> None:
    """Values and stores under each condition, in threadgroups of all shapes."""
    count = int(np.prod(group))
    body = "".join(
        f"""{{
          const uint p = {position};
          uint sum = 1;
          if ({condition}) {{ sum += x[t] * 2; out[t] = x[t + 1] + 5; }} else if (n == 8) {{ sum = 0; }}
          out[t + {count}] = sum;
          out += {2 * count};
        }}"""
        for condition in CONDITIONS
    )
    source = f"""kernel void k(device const uint *values, device uint *out, constant uint &n,
        uint3 grid_position [[thread_position_in_grid]], uint3 threadgroup_position [[thread_position_in_threadgroup]],
        uint t [[thread_index_in_threadgroup]]) {{
      const uint i = grid_position.x, x_ = threadgroup_position.x;
      device const uint *x = values;
      {body.replace("p = x;", "p = x_;")}
    }}"""
    values = np.random.default_rng(6).integers(0, 1000, count + 1).astype(np.uint32)
    out = np.zeros((len(CONDITIONS), 2, count), np.uint32)
    out = run(source, values, out, np.uint32(7), grid=group, group=group)[1]
    thread = np.arange(count)
    p = thread if position == "t" else thread % group[0]
    for (condition, is_within), results in zip(CONDITIONS.items(), out):
        within = is_within(p)
        assert np.array_equal(results[0], np.where(within, values[1:] + 5, 0)), condition
        assert np.array_equal(results[1], np.where(within, 1 + 2 * values[:-1], 1)), condition


# Bounds that only the running code knows: p is a position, n the bound.
BOUNDS: dict[str, Callable[[Positions, int], Any]] = {
    "p < n": lambda p, n: p < n,
    "n > p": lambda p, n: p < n,
    "p <= n": lambda p, n: p <= n,
    "!(p >= n)": lambda p, n: p < n,
    "p + 5 < n": lambda p, n: p + 5 < n,
    "p + 4294967266u < n": lambda p, n: (p - 30) % (1 << 32) < n,
    "int(p) < int(n)": lambda p, n: p < n,
    "int(p) - 40 <= int(n)": lambda p, n: p - 40 <= n,
    "int(p) + 2147483600 < int(n)": lambda p, n: (p + 2147483600 + (1 << 31)) % (1 << 32) - (1 << 31) < n,
    "short(p) < short(n)": lambda p, n: p < n,
}


@pytest.mark.parametrize("group", [(96,), (75,), (8, 12)])
@pytest.mark.parametrize("bound", [0, 1, 7, 31, 32, 33, 64, 70, 96, 2000])
def test_bounds_of_the_running_code(run: Run, group: tuple[int, ...], bound: int) -> None:
    """Simdgroups within a bound as a whole, at its edge, and outside."""
    count = int(np.prod(group))
    body = "".join(
        f"""for (uint way = 0; way < 2; ++way) {{
          const uint p = way == 0 ? i : t;
          uint sum = 1;
          if ({condition}) {{ sum += values[p] * 2; out[t] = values[p + 1] + 5; }}
          out[t + {count}] = sum;
          out += {2 * count};
        }}"""
        for condition in BOUNDS
    )
    source = f"""kernel void k(device const uint *values, device uint *out, constant uint &n,
        uint3 grid_position [[thread_position_in_grid]], uint t [[thread_index_in_threadgroup]]) {{
      const uint i = grid_position.x;
      {body}
    }}"""
    values = np.random.default_rng(8).integers(0, 1000, count + 1).astype(np.uint32)
    out = np.zeros((len(BOUNDS), 2, 2, count), np.uint32)
    out = run(source, values, out, np.uint32(bound), grid=group, group=group)[1]
    thread = np.arange(count)
    for (condition, is_within), ways in zip(BOUNDS.items(), out):
        for p, results in zip((thread % group[0], thread), ways):
            within = is_within(p, bound)
            assert np.array_equal(results[0], np.where(within, values[p + 1] + 5, 0)), condition
            assert np.array_equal(results[1], np.where(within, 1 + 2 * values[p], 1)), condition


@pytest.mark.parametrize("group", [96, 75])
def test_loops(run: Run, group: int) -> None:
    """Simdgroups leave loops over positions as a whole, or lane by lane."""
    source = f"""kernel void k(device uint *out, constant uint &n, uint t [[thread_index_in_threadgroup]]) {{
      uint sums[4] = {{}};
      for (uint k = t; k < 256; k += 32) sums[0] += k;
      for (uint k = t; k < 250; k += 32) sums[1] += k;
      for (uint k = t; k < n; k += 32) sums[2] += k;
      for (uint k = 0; k < 10; ++k) {{
        if (t < 9) continue;
        if (t == 50 && k == 3) break;
        sums[3] += k;
      }}
      for (uint m = 0; m < 4; ++m) out[m * {group} + t] = sums[m];
    }}"""
    out = run(source, np.zeros((4, group), np.uint32), np.uint32(200), grid=[group], group=[group])[0]
    for t in range(group):
        sums = [sum(range(t, end, 32)) for end in (256, 250, 200)]
        sums.append(0 if t < 9 else 3 if t == 50 else 45)
        assert list(out[:, t]) == sums, t


def test_a_tree_in_threadgroup_memory(run: Run) -> None:
    """Each level reads what fewer threads stored in the one before."""
    source = """kernel void k(device const float *values, device float *sums, uint group [[threadgroup_position_in_grid]],
        uint i [[thread_position_in_grid]], uint index [[thread_position_in_threadgroup]]) {
      threadgroup float partial[256];
      partial[index] = values[i];
      for (uint half_size = 128; half_size > 0; half_size /= 2) {
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (index < half_size) partial[index] += partial[index + half_size];
      }
      if (index == 0) sums[group] = partial[0];
    }"""
    values = np.random.default_rng(7).integers(0, 1000, (3, 256)).astype(np.float32)
    out = run(source, values, np.zeros(3, np.float32), grid=[768], group=[256])[1]
    assert np.array_equal(out, values.sum(axis=1))
