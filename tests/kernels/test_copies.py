"""Copies and fills of whole values: of every size and alignment, between all kinds of memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Run = Callable[..., list[Any]]

# The members of a structure, and its size.
STRUCTURES = [
    ("uchar a;", 1),
    ("packed_uchar3 a;", 3),
    ("ushort a; uchar b[5];", 8),
    ("uchar b[7];", 7),
    ("ushort b[3];", 6),
    ("float4 a;", 16),
    ("float3 a; int b;", 32),
    ("int a; uchar b[9];", 16),
    ("float4 a[3]; int b;", 64),
    ("ulong a; uint b[3];", 24),
    ("int b[100];", 400),
    ("uchar b[301];", 301),
]


@pytest.mark.parametrize("group", [32, 40])
@pytest.mark.parametrize(("members", "size"), STRUCTURES)
def test_structures(run: Run, members: str, size: int, group: int) -> None:
    source = f"""struct S {{ {members} }};
    static_assert(sizeof(S) == {size}, "as the test has it");
    kernel void k(device const S *x, device S *same, device S *turned, constant S *some, device S *guarded,
                  uint i [[thread_position_in_grid]], uint t [[thread_index_in_threadgroup]],
                  uint n [[threads_per_threadgroup]]) {{
      same[i] = x[i];
      threadgroup S shared[{group}];
      S own = x[i];
      shared[t] = own;
      threadgroup_barrier(mem_flags::mem_threadgroup);
      turned[i] = shared[n - 1 - t];
      if (i % 3 == 1) guarded[i] = some[i % 5];
    }}"""
    count = 3 * group
    x = np.random.default_rng(5).integers(0, 256, (count, size), dtype=np.uint8)
    some, none = x[10:15].copy(), np.zeros_like(x)
    _, same, turned, _, guarded = run(source, x, none, none, some, none, grid=[count], group=[group])
    # Padding need not come along: it is what keeps its 255 where a structure of zeros is stored.
    zeros = f"struct S {{ {members} }}; kernel void k(device S *x) {{ S zero = {{}}; x[0] = zero; }}"
    holds = run(zeros, np.full(size, 255, np.uint8), grid=[1], group=[1])[0] == 0
    assert np.array_equal(same[:, holds], x[:, holds])
    expected = x.reshape(3, group, size)[:, ::-1].reshape(count, size)
    assert np.array_equal(turned[:, holds], expected[:, holds])
    chosen = np.arange(count) % 3 == 1
    assert np.array_equal(guarded[chosen][:, holds], some[np.arange(count) % 5][chosen][:, holds])
    assert not guarded[~chosen].any()


@pytest.mark.parametrize("length", [1, 3, 16, 63, 64, 65, 200])
@pytest.mark.parametrize("element", ["uchar", "ushort", "int", "ulong"])
def test_fills_of_private_arrays(run: Run, element: str, length: int) -> None:
    source = f"""kernel void k(device int *x, device int *out, constant int &n, uint i [[thread_position_in_grid]]) {{
      {element} counts[{length}] = {{}};
      for (int j = 0; j < n; j++) counts[x[i * n + j]] += 1;
      int sum = 0;
      for (int j = 0; j < {length}; j++) sum = sum * 3 + int(counts[j]);
      out[i] = sum;
    }}"""
    n = 9
    x = np.random.default_rng(6).integers(0, length, (50, n), dtype=np.int32)
    out = run(source, x, np.zeros(50, np.int32), np.array([n], np.int32), grid=[50], group=[50])[1]
    expected = np.zeros(50, np.int64)
    for j in range(length):
        expected = (expected * 3 + (x == j).sum(axis=1)).astype(np.int32).astype(np.int64)
    assert np.array_equal(out, expected.astype(np.int32))
