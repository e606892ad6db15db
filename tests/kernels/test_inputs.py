"""The values that a kernel receives about its place in the grid, against NumPy's index arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

GRID = (13, 6, 3)
GROUP = (4, 3, 2)


def expected(name: str) -> np.ndarray[Any, Any]:
    """The value of an input for each thread of GRID, shape (threads, 3), zero or one where it has no component."""
    groups = tuple(math.ceil(n / t) for n, t in zip(GRID, GROUP))
    rows = []
    for z in range(GRID[2]):
        for y in range(GRID[1]):
            for x in range(GRID[0]):
                place = (x, y, z)
                group = tuple(p // t for p, t in zip(place, GROUP))
                local = tuple(p % t for p, t in zip(place, GROUP))
                actual = tuple(min(t, n - g * t) for t, n, g in zip(GROUP, GRID, group))
                index = local[0] + actual[0] * (local[1] + actual[1] * local[2])
                count = math.prod(actual)
                full = math.prod(GROUP)
                rows.append(
                    {
                        "thread_position_in_grid": place,
                        "thread_position_in_threadgroup": local,
                        "thread_index_in_threadgroup": (index, 0, 0),
                        "threadgroup_position_in_grid": group,
                        "threads_per_grid": GRID,
                        "grid_size": GRID,
                        "grid_origin": (0, 0, 0),
                        "threads_per_threadgroup": actual,
                        "dispatch_threads_per_threadgroup": GROUP,
                        "threadgroups_per_grid": groups,
                        "thread_index_in_simdgroup": (index % 32, 0, 0),
                        "simdgroup_index_in_threadgroup": (index // 32, 0, 0),
                        "simdgroups_per_threadgroup": (math.ceil(count / 32), 0, 0),
                        "dispatch_simdgroups_per_threadgroup": (math.ceil(full / 32), 0, 0),
                        "threads_per_simdgroup": (32, 0, 0),
                        "thread_execution_width": (32, 0, 0),
                        "thread_index_in_quadgroup": (index % 4, 0, 0),
                        "quadgroup_index_in_threadgroup": (index // 4, 0, 0),
                        "quadgroups_per_threadgroup": (math.ceil(count / 4), 0, 0),
                    }[name]
                )
    return np.array(rows, dtype=np.uint32)


VECTORS = (
    "thread_position_in_grid",
    "thread_position_in_threadgroup",
    "threadgroup_position_in_grid",
    "threads_per_grid",
    "grid_size",
    "grid_origin",
    "threads_per_threadgroup",
    "dispatch_threads_per_threadgroup",
    "threadgroups_per_grid",
)
SCALARS = (
    "thread_index_in_threadgroup",
    "thread_index_in_simdgroup",
    "simdgroup_index_in_threadgroup",
    "simdgroups_per_threadgroup",
    "dispatch_simdgroups_per_threadgroup",
    "threads_per_simdgroup",
    "thread_execution_width",
    "thread_index_in_quadgroup",
    "quadgroup_index_in_threadgroup",
    "quadgroups_per_threadgroup",
)


def check(run: Callable[..., list[Any]], name: str, scalar: str, components: int) -> None:
    kind = scalar if components == 1 else f"{scalar}{components}"
    reads = ["value"] if components == 1 else [f"value.{c}" for c in "xyz"[:components]]
    source = f"""
    kernel void k(device uint *out [[buffer(0)]], {kind} value [[{name}]],
                  uint3 at [[{"thread_position_in_grid" if name != "thread_position_in_grid" else "grid_origin"}]],
                  uint3 group [[threadgroup_position_in_grid]], uint3 size [[dispatch_threads_per_threadgroup]],
                  uint3 local [[thread_position_in_threadgroup]], uint3 grid [[threads_per_grid]]) {{
      const uint3 place = group * size + local;
      const uint index = place.x + grid.x * (place.y + grid.y * place.z);
      {" ".join(f"out[index * 3 + {i}] = {read};" for i, read in enumerate(reads))}
    }}"""
    (result,) = run(source, np.zeros((math.prod(GRID), 3), np.uint32), grid=GRID, group=GROUP)
    want = expected(name)[:, :components]
    np.testing.assert_array_equal(result[:, :components], want)


@pytest.mark.parametrize("scalar", ["uint", "ushort"])
@pytest.mark.parametrize("components", [1, 2, 3])
@pytest.mark.parametrize("name", VECTORS)
def test_vector_input(run: Callable[..., list[Any]], name: str, components: int, scalar: str) -> None:
    check(run, name, scalar, components)


@pytest.mark.parametrize("scalar", ["uint", "ushort"])
@pytest.mark.parametrize("name", SCALARS)
def test_scalar_input(run: Callable[..., list[Any]], name: str, scalar: str) -> None:
    check(run, name, scalar, 1)


def test_edges_of_the_grid_run_fewer_threads(run: Callable[..., list[Any]]) -> None:
    source = """
    kernel void k(device atomic_uint *count, device uint *largest, uint2 size [[threads_per_threadgroup]]) {
      atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
      largest[0] = max(largest[0], 0u);
    }"""
    count, _ = run(source, np.zeros(1, np.uint32), np.zeros(1, np.uint32), grid=(100, 7), group=(32, 4))
    assert count[0] == 700
