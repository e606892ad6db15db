"""Geometric and matrix functions, against NumPy in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Array = np.ndarray[Any, Any]
Run = Callable[..., list[Array]]
COUNT = 128
KINDS = {"float": (np.float32, 4e-6), "half": (np.float16, 8e-3)}


def dot(a: Array, b: Array) -> Array:
    return np.asarray((a * b).sum(1))


def normalize(a: Array) -> Array:
    return np.asarray(a / np.linalg.norm(a, axis=1, keepdims=True))


def refract(i: Array, n: Array, eta: float) -> Array:
    cosine = dot(n, i)[:, None]
    k = 1 - eta * eta * (1 - cosine * cosine)
    return np.asarray(np.where(k < 0, 0, eta * i - (eta * cosine + np.sqrt(np.maximum(k, 0))) * n))


# Functions of two vectors, x and the unit vector n, that give a vector or a number.
VECTORS: dict[str, Callable[[Array, Array], Array]] = {
    "normalize(x)": lambda x, n: normalize(x),
    "faceforward(x, n, y)": lambda x, n: x,
    "faceforward(x, n, n)": lambda x, n: -x,
    "reflect(x, n)": lambda x, n: x - 2 * dot(n, x)[:, None] * n,
    "refract(normalize(x), n, S(0.75))": lambda x, n: refract(normalize(x), n, 0.75),
    "refract(normalize(x), n, S(1.5))": lambda x, n: refract(normalize(x), n, 1.5),
}
NUMBERS: dict[str, Callable[[Array, Array], Array]] = {
    "distance(x, n)": lambda x, n: np.linalg.norm(x - n, axis=1),
    "distance_squared(x, n)": lambda x, n: dot(x - n, x - n),
    "dot(x, n)": dot,
    "length(x)": lambda x, n: np.linalg.norm(x, axis=1),
    "length_squared(x)": lambda x, n: dot(x, x),
    "fast::length(x)": lambda x, n: np.linalg.norm(x, axis=1),
    "precise::distance(x, n)": lambda x, n: np.linalg.norm(x - n, axis=1),
}


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_functions(run: Run, kind: str, size: int) -> None:
    dtype, tolerance = KINDS[kind]
    random = np.random.default_rng(11)
    x = random.uniform(-1, 1, (COUNT, size)).astype(dtype)
    n = normalize(random.standard_normal((COUNT, size))).astype(dtype)
    results = len(VECTORS) + len(NUMBERS)
    lines = [f"store(out, i * {results} + {j}, {call});" for j, call in enumerate([*VECTORS, *NUMBERS])]
    source = f"""
    typedef {kind} S; typedef vec<S, {size}> V; typedef packed_vec<S, {size}> P;
    void store(device P *out, uint i, V value) {{ out[i] = value; }}
    void store(device P *out, uint i, S value) {{ out[i] = V(value); }}
    kernel void k(device const P *xs, device const P *ns, device P *out, uint i [[thread_position_in_grid]]) {{
      V x = xs[i], n = ns[i], y = -n;
      {" ".join(lines)} }}"""
    out = run(source, x, n, np.zeros((COUNT, results, size), dtype), grid=(COUNT,), group=(32,))[2]
    exact_x, exact_n = x.astype(np.float64), n.astype(np.float64)
    for j, (call, function) in enumerate([*VECTORS.items(), *NUMBERS.items()]):
        expected = function(exact_x, exact_n)
        if expected.ndim == 1:
            expected = np.repeat(expected[:, None], size, axis=1)
        near_edge = np.zeros(COUNT, bool)
        if "1.5" in call:  # at the limit of total reflection the root is steep
            cosine = dot(exact_n, normalize(exact_x))
            near_edge = np.abs(1 - 2.25 * (1 - cosine**2)) < 0.02
        np.testing.assert_allclose(out[~near_edge, j], expected[~near_edge], atol=tolerance, err_msg=call)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_cross(run: Run, kind: str) -> None:
    dtype, tolerance = KINDS[kind]
    a, b = np.random.default_rng(12).uniform(-1, 1, (2, COUNT, 3)).astype(dtype)
    source = f"""kernel void k(device const packed_{kind}3 *a, device const packed_{kind}3 *b, device packed_{kind}3 *out,
                               uint i [[thread_position_in_grid]]) {{ out[i] = cross(a[i], b[i]); }}"""
    out = run(source, a, b, np.zeros((COUNT, 3), dtype), grid=(COUNT,), group=(32,))[2]
    np.testing.assert_allclose(out, np.cross(a.astype(np.float64), b.astype(np.float64)), atol=tolerance)


@pytest.mark.parametrize("rows", [2, 3, 4])
@pytest.mark.parametrize("columns", [2, 3, 4])
def test_matrix(run: Run, columns: int, rows: int) -> None:
    """A matrix of C columns and R rows is an R x C matrix of mathematics, stored by columns."""
    random = np.random.default_rng(13)
    a, b = random.uniform(-1, 1, (2, 32, columns, rows)).astype(np.float32)
    results = 2 * rows + columns * columns + rows * columns + columns
    source = f"""
    template <int C, int R> matrix<float, C, R> load(device const float *p) {{
      matrix<float, C, R> m;
      for (int c = 0; c < C; ++c) for (int r = 0; r < R; ++r) m[c][r] = p[c * R + r];
      return m; }}
    kernel void k(device const float *a, device const float *b, device float *out, uint i [[thread_position_in_grid]]) {{
      auto x = load<{columns}, {rows}>(a + i * {columns * rows}), y = load<{columns}, {rows}>(b + i * {columns * rows});
      device float *o = out + i * {results};
      vec<float, {columns}> v = transpose(y)[0];
      vec<float, {rows}> s = x * v, w = (x + y * 2.0f - x / 4)[1];
      auto p = transpose(x) * y;
      auto t = transpose(x - y);
      vec<float, {columns}> z = s * x;
      for (int r = 0; r < {rows}; ++r) {{ *o++ = s[r]; *o++ = w[r]; }}
      for (int c = 0; c < {columns}; ++c) for (int r = 0; r < {columns}; ++r) *o++ = p[c][r];
      for (int c = 0; c < {rows}; ++c) for (int r = 0; r < {columns}; ++r) *o++ = t[c][r];
      for (int c = 0; c < {columns}; ++c) *o++ = z[c]; }}"""
    out = run(source, a, b, np.zeros((32, results), np.float32), grid=(32,), group=(32,))[2]
    for row, x, y in zip(out, a.astype(np.float64), b.astype(np.float64)):
        x, y = x.T, y.T
        s, w = x @ y[0], (x + y * 2 - x / 4)[:, 1]
        expected = [np.stack([s, w], 1).ravel(), (x.T @ y).T.ravel(), (x - y).ravel(), s @ x]
        np.testing.assert_allclose(row, np.concatenate(expected), atol=3e-6)


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_determinant(run: Run, kind: str, size: int) -> None:
    dtype, tolerance = KINDS[kind]
    a = np.random.default_rng(14).uniform(-1, 1, (64, size, size)).astype(dtype)
    source = f"""kernel void k(device const {kind} *a, device {kind} *out, uint i [[thread_position_in_grid]]) {{
      {kind}{size}x{size} m;
      for (int c = 0; c < {size}; ++c) for (int r = 0; r < {size}; ++r) m[c][r] = a[(i * {size} + c) * {size} + r];
      out[i] = determinant(m); }}"""
    out = run(source, a, np.zeros(64, dtype), grid=(64,), group=(32,))[1]
    np.testing.assert_allclose(out, np.linalg.det(a.astype(np.float64)), atol=tolerance)


def test_common_and_relational_functions(run: Run) -> None:
    special = np.array([0.0, -0.0, 0.25, 0.5, 1, 2, -1, -3, np.inf, -np.inf, np.nan, 1e-40], np.float32)
    x, y, z = (np.ascontiguousarray(m.ravel()) for m in np.meshgrid(special, special, special))
    calls: dict[str, Callable[[Array, Array, Array], Array]] = {
        "mix(x, y, z)": lambda x, y, z: x + (y - x) * z,
        "step(x, y)": lambda x, y, z: np.where(y < x, 0, 1),
        "saturate(x)": lambda x, y, z: np.fmin(np.fmax(x, 0), 1),
        "sign(x)": lambda x, y, z: np.where(np.isnan(x), 0, np.sign(x)),
        "clamp(x, y, z)": lambda x, y, z: np.fmin(np.fmax(x, y), z),
        "fast::clamp(x, y, z)": lambda x, y, z: np.fmin(np.fmax(x, y), z),
        "fmin3(x, y, z)": lambda x, y, z: np.fmin(np.fmin(x, y), z),
        "max3(x, y, z)": lambda x, y, z: np.fmax(np.fmax(x, y), z),
        "fdim(x, y)": lambda x, y, z: np.where(np.isnan(x) | np.isnan(y), np.nan, np.where(x > y, x - y, 0)),
        "float(isordered(x, y))": lambda x, y, z: ~(np.isnan(x) | np.isnan(y)),
        "float(isunordered(x, y))": lambda x, y, z: np.isnan(x) | np.isnan(y),
        "select(x, y, z > 0)": lambda x, y, z: np.where(z > 0, y, x),
        "float(any(float2(x, y) == z))": lambda x, y, z: (x == z) | (y == z),
        "float(all(isfinite(float3(x, y, z))))": lambda x, y, z: np.isfinite(x) & np.isfinite(y) & np.isfinite(z),
        "copysign(x, y)": lambda x, y, z: np.copysign(x, y),
        "divide(x, y)": lambda x, y, z: x / y,
        "fma(x, y, z)": lambda x, y, z: (x * y + z).astype(np.float32),
    }  # fmt: skip
    lines = "\n".join(f"out[i * {len(calls)} + {j}] = {call};" for j, call in enumerate(calls))
    source = f"""kernel void k(device const float *xs, device const float *ys, device const float *zs, device float *out,
                               uint i [[thread_position_in_grid]]) {{ float x = xs[i], y = ys[i], z = zs[i]; {lines} }}"""
    out = run(source, x, y, z, np.zeros((x.size, len(calls)), np.float32), grid=(x.size,), group=(64,))[3]
    exact = [column.astype(np.float64) for column in (x, y, z)]
    for j, (call, function) in enumerate(calls.items()):
        with np.errstate(all="ignore"):
            expected = np.asarray(function(*exact)).astype(np.float32)
        np.testing.assert_array_equal(out[:, j], expected, err_msg=call)


def test_median_and_smoothstep(run: Run) -> None:
    random = np.random.default_rng(15)
    x, y, z = random.uniform(-2, 2, (3, 512)).astype(np.float32)
    source = """kernel void k(device const float *xs, device const float *ys, device const float *zs, device float *out,
                              uint i [[thread_position_in_grid]]) {
      float x = xs[i], y = ys[i], z = zs[i];
      out[i * 3] = fmedian3(x, y, z); out[i * 3 + 1] = median3(x, y, z); out[i * 3 + 2] = smoothstep(-1, y + 2.5, z); }"""
    out = run(source, x, y, z, np.zeros((512, 3), np.float32), grid=(512,), group=(64,))[3]
    median = np.median(np.stack([x, y, z]), axis=0)
    np.testing.assert_array_equal(out[:, 0], median)
    np.testing.assert_array_equal(out[:, 1], median)
    t = np.clip((z.astype(np.float64) + 1) / (y.astype(np.float64) + 3.5), 0, 1)
    np.testing.assert_allclose(out[:, 2], t * t * (3 - 2 * t), atol=1e-6)
