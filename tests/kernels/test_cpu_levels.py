"""Code for older processors than this one: the same kernels give the same results at each level."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Run = Callable[..., list[Any]]

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the levels are those of x86-64")

ARITHMETIC = """
kernel void k(device const float *a, device float *out, device half *h, device bfloat *b,
              uint i [[thread_position_in_grid]]) {
  float x = a[i];
  for (int j = 0; float(j) < x; ++j) x = fma(x, 0.75f, 0.5f) + sin(x) * 0.125f;
  out[i] = i % 3 == 0 ? sqrt(fabs(x)) : exp(-x);
  h[i] = half(x) * 2.0h + h[i];
  b[i] = i % 5 == 0 ? bfloat(x) : b[i] + bfloat(1.0f);
}"""

SMALL_INTEGERS = """
kernel void k(device const char *c, device const ushort *s, device int *out, device uchar *bytes,
              uint i [[thread_position_in_grid]]) {
  int sum = 0;
  if (c[i] > 3) sum += c[i] * s[i] / (c[i] - 3) + s[i] % 7;
  out[i] = clz(sum) + popcount(s[i]) + mulhi(sum * 77777, int(s[i]) * 99999);
  if (s[i] & 1) bytes[i] = uchar(sum);
}"""

THREADGROUPS = """
kernel void k(device const float *a, device float *out, device atomic_uint *count, device ulong *wide,
              uint i [[thread_position_in_grid]], uint t [[thread_position_in_threadgroup]],
              uint g [[threadgroup_position_in_grid]]) {
  threadgroup float tile[96];
  tile[t] = a[i];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  float sum = 0;
  for (uint j = 0; j <= t; ++j) sum += tile[95 - j];
  out[i] = sum + simd_sum(tile[t]) + simd_shuffle_xor(a[i], 5);
  if (simd_any(a[i] > 0.9f) && quad_max(a[i]) > 0.5f) atomic_fetch_add_explicit(count, t, memory_order_relaxed);
  wide[i] = (ulong(i) << 33 | t) / (g + 3);
}"""


# Lanes that are off would read and write far outside.
SCATTERED = """
kernel void k(device const float *a, device float *out, device const int *places, device half *h,
              uint i [[thread_position_in_grid]]) {
  float x = a[i];
  int place = places[i];
  if (place >= 0) {
    x = a[place] + float(h[place]);
    for (int j = 0; j < place % 5; ++j) x += a[(place + 7 * j) % 192] * 0.5f;
    h[place] = half(x);
  }
  if (x < 0.7f && place >= 0) out[place] = x;
}"""


def inputs(kernel: str) -> list[Any]:
    numbers = np.random.default_rng(4)
    if kernel == SMALL_INTEGERS:
        return [
            numbers.integers(-128, 128, 192).astype(np.int8),
            numbers.integers(0, 1 << 16, 192).astype(np.uint16),
            np.zeros(192, np.int32),
            np.full(192, 7, np.uint8),
        ]
    values = numbers.random(192).astype(np.float32)
    if kernel == THREADGROUPS:
        return [values, np.zeros(192, np.float32), np.zeros(1, np.uint32), np.zeros(192, np.uint64)]
    if kernel == SCATTERED:
        places = np.where(numbers.random(192) < 0.6, numbers.permutation(192), -(1 << 30)).astype(np.int32)
        return [values, np.zeros(192, np.float32), places, numbers.random(192).astype(np.float16)]
    halves = numbers.random(192).astype(np.float16)
    return [values * 20, np.zeros(192, np.float32), halves, numbers.integers(0, 0x4000, 192).astype(np.uint16)]


@pytest.mark.parametrize("level", ["x86-64-v2", "x86-64-v3", "x86-64-v4"])
@pytest.mark.parametrize(
    "kernel",
    [
        pytest.param(ARITHMETIC, id="arithmetic"),
        pytest.param(SMALL_INTEGERS, id="small integers"),
        pytest.param(THREADGROUPS, id="threadgroups"),
        pytest.param(SCATTERED, id="scattered"),
    ],
)
def test_levels_agree(run: Run, monkeypatch: pytest.MonkeyPatch, kernel: str, level: str) -> None:
    arrays = inputs(kernel)
    expected = run(kernel, *arrays, grid=(192,), group=(96,))
    monkeypatch.setenv("PYMETAL_CPU", level)
    try:
        found = run(kernel, *arrays, grid=(192,), group=(96,))
    except pm.ValidationError as error:
        if "this machine lacks" not in str(error):
            raise
        pytest.skip(str(error))
    for ours, theirs in zip(found, expected):
        # Where one level has an instruction for what another computes, the last digit may differ.
        if ours.dtype == np.float32:
            np.testing.assert_allclose(ours, theirs, rtol=1e-6)
        else:
            np.testing.assert_array_equal(ours, theirs)


def test_names_that_are_no_level(make_pipeline: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYMETAL_CPU", "pentium")
    with pytest.raises(pm.ValidationError, match=r"PYMETAL_CPU is none of native, x86-64-v2.*\(pentium\)\."):
        make_pipeline("kernel void k(device int *x) { x[0] = 1; }")
    for name in ("", "native"):
        monkeypatch.setenv("PYMETAL_CPU", name)
        make_pipeline("kernel void k(device int *x) { x[0] = 1; }")
