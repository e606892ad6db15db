"""What happens beyond the end of a thread's own arrays is lost, and harms nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Run = Callable[..., list[Any]]

BARRIERS = ["", "threadgroup_barrier(mem_flags::mem_threadgroup);"]


@pytest.mark.parametrize("barrier", BARRIERS)
@pytest.mark.parametrize(
    ("first", "last"), [(1, 3), (-300, 2), (2, 300), (1 << 28, (1 << 28) + 3), (-(1 << 28), 1 - (1 << 28))]
)
def test_elements(run: Run, barrier: str, first: int, last: int) -> None:
    source = f"""kernel void k(device int *out, constant int &first, constant int &last,
                               uint t [[thread_position_in_grid]]) {{
      int x[4] = {{1, 2, 3, 4}};
      for (int i = first; i < last; ++i) x[i] = 9;
      {barrier}
      for (int i = 0; i < 4; ++i) out[t * 4 + i] = x[i];
    }}"""
    out = run(source, np.zeros((64, 4), np.int32), np.int32(first), np.int32(last), grid=[64], group=[64])[0]
    expected = [9 if first <= i < last else i + 1 for i in range(4)]
    np.testing.assert_array_equal(out, np.tile(expected, (64, 1)))


@pytest.mark.parametrize("barrier", BARRIERS)
def test_structs_vectors_and_moving_pointers(run: Run, barrier: str) -> None:
    source = f"""struct Pair {{ float3 a; int b[3]; }};
    kernel void k(device int *out, constant int &n, uint t [[thread_position_in_grid]]) {{
      Pair pairs[3] = {{}};
      float4 v = float4(1, 2, 3, 4);
      int x[5] = {{}};
      pairs[n].b[n] = 7;
      pairs[1].b[n - 10000] = 8;
      v[n] = 5;
      v[n - 9999] = 6;
      thread int *p = x + 3;
      for (int i = 0; i < n; ++i) *p++ = int(t);
      {barrier}
      out[t * 4] = x[3] + x[4] + x[2];
      out[t * 4 + 1] = int(v.x + 10 * v.y + 100 * v.z + 1000 * v.w);
      int sum = 0;
      for (int i = 0; i < 3; ++i) for (int j = 0; j < 3; ++j) sum += pairs[i].b[j];
      out[t * 4 + 2] = sum;
      out[t * 4 + 3] = pairs[t + 100000].b[0] != 0 ? 1 : 1;
    }}"""
    out = run(source, np.zeros((64, 4), np.int32), np.int32(10000), grid=[64], group=[64])[0]
    thread = np.arange(64)
    np.testing.assert_array_equal(out[:, 0], 2 * thread)
    np.testing.assert_array_equal(out[:, 1], np.full(64, 4361))
    np.testing.assert_array_equal(out[:, 2], np.full(64, 8))
    np.testing.assert_array_equal(out[:, 3], np.ones(64))


def test_vectors_at_an_index_that_the_lanes_have_a_pattern_for(run: Run) -> None:
    source = """kernel void k(device const uint *in, device float2 *out, uint i [[thread_position_in_grid]]) {
      float2 a[4]; for (int j = 0; j < 4; ++j) a[j] = simd_shuffle_up(float2(2.0f + j, 3.25f), ushort(12));
      out[i] = a[in[i] & 3u] / a[i & 3u]; }"""
    numbers = np.random.default_rng(50).integers(0, 99, 64).astype(np.uint32)
    out = run(source, numbers, np.zeros((64, 2), np.float32), grid=(64,), group=(32,))[1]
    at = np.arange(64) & 3
    np.testing.assert_array_equal(out[:, 0], (2 + (numbers & 3)).astype(np.float32) / (2 + at).astype(np.float32))
    assert (out[:, 1] == 1).all()
