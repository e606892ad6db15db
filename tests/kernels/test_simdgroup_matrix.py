"""simdgroup_matrix against NumPy: layout, loads and stores with strides, origins and transposition, products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Run = Callable[..., list[Any]]
TYPES = ["float", "half"]


def numpy_type(name: str) -> type:
    return {"float": np.float32, "half": np.float16}[name]


def test_layout_is_apples(run: Run) -> None:
    """Lane l holds (row, column) and (row, column + 1); the formula is that of MLX's steel kernels."""
    source = """kernel void k(device const float *m [[buffer(0)]], device float2 *out [[buffer(1)]],
        uint lane [[thread_index_in_simdgroup]]) {
      simdgroup_float8x8 a;
      simdgroup_load(a, m);
      out[lane] = a.thread_elements();
    }"""
    _, out = run(source, np.arange(64, dtype=np.float32), np.zeros((32, 2), np.float32), grid=[32], group=[32])
    for lane in range(32):
        quad = lane // 4
        row = (quad & 4) + (lane // 2) % 4
        column = (quad & 2) * 2 + (lane % 2) * 2
        assert out[lane].tolist() == [8 * row + column, 8 * row + column + 1]


@pytest.mark.parametrize("element", TYPES)
@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("space", ["device", "threadgroup"])
def test_load_and_store(run: Run, element: str, transpose: bool, space: str) -> None:
    rng = np.random.default_rng(1)
    stored = rng.standard_normal((20, 24)).astype(numpy_type(element))
    source = f"""kernel void k(device const {element} *m [[buffer(0)]], device {element} *out [[buffer(1)]],
        uint i [[thread_position_in_grid]]) {{
      threadgroup {element} shared[20 * 24];
      threadgroup {element} result[20 * 24];
      for (uint n = i; n < 20 * 24; n += 32) {{ shared[n] = m[n]; result[n] = 0; }}
      threadgroup_barrier(mem_flags::mem_threadgroup);
      simdgroup_matrix<{element}, 8, 8> a;
      simdgroup_load(a, {"m" if space == "device" else "shared"}, 24, ulong2(5, 7), {str(transpose).lower()});
      simdgroup_store(a, {"out" if space == "device" else "result"}, 24, ulong2(11, 3), {str(transpose).lower()});
      simdgroup_store(a, {"out" if space == "device" else "result"}, 24, ulong2(0, 12));
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if ({str(space == "threadgroup").lower()}) for (uint n = i; n < 20 * 24; n += 32) out[n] = result[n];
    }}"""
    _, out = run(source, stored, np.zeros_like(stored), grid=[32], group=[32])
    block = stored[7:15, 5:13]
    expected = np.zeros_like(stored)
    expected[3:11, 11:19] = block
    expected[12:20, 0:8] = block.T if transpose else block
    assert np.array_equal(out, expected)


@pytest.mark.parametrize("a", TYPES)
@pytest.mark.parametrize("b", TYPES)
@pytest.mark.parametrize("c", TYPES)
def test_products(run: Run, a: str, b: str, c: str) -> None:
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((8, 8)).astype(numpy_type(a)), rng.standard_normal((8, 8)).astype(numpy_type(b))
    z = rng.standard_normal((8, 8)).astype(numpy_type(c))
    source = f"""kernel void k(device const {a} *a [[buffer(0)]], device const {b} *b [[buffer(1)]],
        device const {c} *c [[buffer(2)]], device {c} *out [[buffer(3)]]) {{
      simdgroup_matrix<{a}, 8, 8> x;
      simdgroup_matrix<{b}, 8, 8> y;
      simdgroup_matrix<{c}, 8, 8> z, p;
      simdgroup_load(x, a);
      simdgroup_load(y, b);
      simdgroup_load(z, c);
      simdgroup_multiply(p, x, y);
      simdgroup_store(p, out);
      simdgroup_multiply_accumulate(z, x, y, z);
      simdgroup_store(z, out + 64);
      simdgroup_store(x * y, out + 128);
    }}"""
    *_, out = run(source, x, y, z, np.zeros((3, 8, 8), numpy_type(c)), grid=[32], group=[32])
    exact = x.astype(np.float64) @ y.astype(np.float64)
    tolerance = {"rtol": 2e-3, "atol": 4e-3} if "half" in (a, b, c) else {"rtol": 1e-5, "atol": 1e-5}
    assert np.allclose(out[0], exact, **tolerance)
    assert np.allclose(out[1], exact + z, **tolerance)
    assert np.allclose(out[2], exact, **tolerance)


def bfloat(values: Any) -> Any:
    """Floats that a bfloat holds exactly, as the bits of a bfloat."""
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def test_bfloat(run: Run) -> None:
    """Whole numbers, so that all products are exact, in both memories and both directions, summed up in float."""
    rng = np.random.default_rng(4)
    x, y = rng.integers(-8, 8, (2, 8, 8)).astype(np.float32)
    source = """kernel void k(device const bfloat *a [[buffer(0)]], device const bfloat *b [[buffer(1)]],
        device bfloat *out [[buffer(2)]], device float *sums [[buffer(3)]], uint i [[thread_position_in_grid]]) {
      threadgroup bfloat shared[64];
      shared[i] = a[i]; shared[i + 32] = a[i + 32];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      simdgroup_bfloat8x8 x, y;
      simdgroup_float8x8 sum(1.0f);
      simdgroup_load(x, shared);
      simdgroup_load(y, b, 8, ulong2(0), true);
      simdgroup_multiply_accumulate(sum, x, y, sum);
      simdgroup_store(sum, sums);
      simdgroup_store(x, out, 8, ulong2(0), true);
    }"""
    _, _, out, sums = run(
        source, bfloat(x), bfloat(y), np.zeros((8, 8), np.uint16), np.zeros((8, 8), np.float32), grid=[32], group=[32]
    )
    assert np.array_equal(out, bfloat(x.T))
    assert np.array_equal(sums, x @ y.T + np.eye(8))


def test_constructors(run: Run) -> None:
    source = """kernel void k(device float *out [[buffer(0)]]) {
      simdgroup_store(simdgroup_float8x8(3), out);
      simdgroup_store(make_filled_simdgroup_matrix<float, 8, 8>(2.5f), out + 64);
      simdgroup_store(make_diagonal_simdgroup_matrix<float, 8, 8>(7), out + 128);
      simdgroup_bfloat8x8 b(1);
      simdgroup_store(b, out + 192);
    }"""
    (out,) = run(source, np.zeros((4, 8, 8), np.float32), grid=[32], group=[32])
    assert np.array_equal(out, [3 * np.eye(8), np.full((8, 8), 2.5), 7 * np.eye(8), np.eye(8)])


def test_tiled_matrix_product(run: Run) -> None:
    """A whole product, a simdgroup for each tile, four of them in a threadgroup."""
    n = 32
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((n, n)).astype(np.float32), rng.standard_normal((n, n)).astype(np.float32)
    source = f"""kernel void k(device const float *a [[buffer(0)]], device const float *b [[buffer(1)]],
        device float *out [[buffer(2)]], uint group [[threadgroup_position_in_grid]],
        uint simdgroup [[simdgroup_index_in_threadgroup]]) {{
      const ulong tile = group * 4 + simdgroup, row = tile / {n // 8} * 8, column = tile % {n // 8} * 8;
      simdgroup_float8x8 sum = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);
      for (ulong k = 0; k < {n}; k += 8) {{
        simdgroup_float8x8 x, y;
        simdgroup_load(x, a, {n}, ulong2(k, row));
        simdgroup_load(y, b, {n}, ulong2(column, k));
        simdgroup_multiply_accumulate(sum, x, y, sum);
      }}
      simdgroup_store(sum, out, {n}, ulong2(column, row));
    }}"""
    *_, out = run(source, x, y, np.zeros((n, n), np.float32), grid=[32 * (n // 8) ** 2], group=[128])
    assert np.allclose(out, x.astype(np.float64) @ y, rtol=1e-4, atol=1e-4)
