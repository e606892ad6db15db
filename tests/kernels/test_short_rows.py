"""Threadgroups 8 and 16 threads wide, whose simdgroups are several rows, beside those of other widths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Run = Callable[..., list[Any]]

GROUPS = [(16, 16, 1), (8, 8, 1), (16, 3, 1), (8, 5, 1), (8, 4, 2), (16, 1, 3), (8, 2, 3), (12, 4, 1), (24, 2, 1)]
GRIDS = [(48, 32, 6), (40, 19, 2), (8, 8, 1), (20, 7, 3)]


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("group", GROUPS)
def test_positions(run: Run, grid: tuple[int, int, int], group: tuple[int, int, int]) -> None:
    source = """kernel void k(device uint *out, device uint *moved, uint3 p [[thread_position_in_grid]],
        uint3 l [[thread_position_in_threadgroup]], uint3 g [[threadgroup_position_in_grid]],
        uint3 full [[dispatch_threads_per_threadgroup]], uint3 size [[threads_per_grid]]) {
      uint index = (p.z * size.y + p.y) * size.x + p.x;
      bool fits = all(p == g * full + l);
      out[index] = fits ? p.x * 3 + p.y * 1000 + p.z * 100000 : 0;
      if (((p.x ^ p.y) & 1) != 0) moved[(p.z * size.y + p.y) * size.x + size.x - 1 - p.x] = l.x + 16 * l.y + 256 * l.z;
    }"""
    shape = grid[::-1]
    zeros = np.zeros(shape, np.uint32)
    out, moved = run(source, zeros, zeros, grid=list(grid), group=list(group))
    z, y, x = np.indices(shape)
    assert np.array_equal(out, x * 3 + y * 1000 + z * 100000)
    own = x % group[0] + 16 * (y % group[1]) + 256 * (z % group[2])
    assert np.array_equal(moved[:, :, ::-1], np.where((x ^ y) & 1, own, 0))


@pytest.mark.parametrize("width", [8, 16])
@pytest.mark.parametrize("pitch", [0, 1])
@pytest.mark.parametrize("element", ["float", "short"])
def test_tiles_that_turn(run: Run, width: int, pitch: int, element: str) -> None:
    source = f"""kernel void k(device const {element} *x, device {element} *out, constant uint2 &size,
        uint2 p [[thread_position_in_grid]], uint2 l [[thread_position_in_threadgroup]],
        uint2 g [[threadgroup_position_in_grid]]) {{
      threadgroup {element} tile[{width}][{width + pitch}];
      tile[l.y][l.x] = x[p.y * size.x + p.x];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      uint2 to = g.yx * {width} + l;
      out[to.y * size.y + to.x] = tile[l.x][l.y];
    }}"""
    x = np.arange(48 * 80).reshape(48, 80).astype(np.float32 if element == "float" else np.int16)
    size = np.array([80, 48], np.uint32)
    out = run(source, x, np.zeros((80, 48), x.dtype), size, grid=[80, 48], group=[width] * 2)[1]
    assert np.array_equal(out, x.T)


@pytest.mark.parametrize("grid", [(64, 32), (50, 21)])
@pytest.mark.parametrize("width", [8, 16])
def test_products_of_matrices(run: Run, grid: tuple[int, int], width: int) -> None:
    source = """kernel void k(device const float *a, device const float *b, device float *c, constant uint &n,
        uint2 p [[thread_position_in_grid]], uint2 size [[threads_per_grid]]) {
      float sum = 0;
      for (uint k = 0; k < n; k++) sum += a[p.y * n + k] * b[k * size.x + p.x];
      c[p.y * size.x + p.x] = sum;
    }"""
    rng = np.random.default_rng(7)
    a, b = rng.random((grid[1], 33), dtype=np.float32), rng.random((33, grid[0]), dtype=np.float32)
    c = run(source, a, b, np.zeros(grid[::-1], np.float32), np.array([33], np.uint32), grid=list(grid),
            group=[width, 256 // width])[2]  # fmt: skip
    np.testing.assert_allclose(c, a @ b, rtol=1e-5)
