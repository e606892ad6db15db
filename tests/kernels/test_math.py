"""The math functions, against NumPy in float64, over all exponents.

The limits are those of table 8.1 of the Metal Shading Language Specification (version 4, June 2025), for precise math.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Array = np.ndarray[Any, Any]


def every_exponent(count: int = 40) -> Array:
    """Floats of every exponent and both signs, the special ones, and integers."""
    random = np.random.default_rng(1)
    exponents = np.repeat(np.arange(255, dtype=np.uint32), count)
    bits = (exponents << 23) | random.integers(0, 1 << 23, exponents.size, dtype=np.uint32)
    special_values = [0.0, 1.0, 2.0, 0.5, np.inf, np.nan, 1e-45, 1e-40, 3.4028235e38, 1.17549435e-38, 3.0, 10.0, 0.25]
    values = np.concatenate(
        [bits.view(np.float32), np.array(special_values, np.float32), np.arange(64, dtype=np.float32)]
    )
    return np.concatenate([values, -values])


def dense(low: float, high: float, count: int = 20000) -> Array:
    return np.linspace(low, high, count).astype(np.float32)


def ulp_error(result: Array, exact: Array) -> Array:
    """Distance in units of the last place of the exact value; 0 where both are the same special value."""
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = exact.astype(np.float32)
    same = (np.isnan(result) & np.isnan(rounded)) | (result == rounded)
    tiny = np.float64(np.finfo(np.float32).smallest_subnormal)
    with np.errstate(invalid="ignore", over="ignore"):
        spacing = np.spacing(np.maximum(np.abs(np.clip(exact, -3e38, 3e38)), tiny).astype(np.float32)).astype(
            np.float64
        )
        error = np.abs(result.astype(np.float64) - exact) / spacing
    error[same] = 0
    return np.where(np.isnan(error), np.inf, error)


def sin_pi(x: Array) -> Array:
    turn = x - 2 * np.rint(x / 2)
    return np.sin(np.pi * np.where(np.abs(turn) > 0.5, np.copysign(1, turn) - turn, turn))


def cos_pi(x: Array) -> Array:
    turn = np.abs(x - 2 * np.rint(x / 2))
    return np.where(turn < 0.25, np.cos(np.pi * turn), np.sin(np.pi * (0.5 - turn)))


UNARY: dict[str, tuple[Callable[[Array], Array], float, Array | None]] = {
    # name: (reference, limit in ulp, samples or None for every exponent)
    "sin": (np.sin, 4, None),
    "cos": (np.cos, 4, None),
    "tan": (np.tan, 6, None),
    "asin": (np.arcsin, 4, dense(-1.01, 1.01)),
    "acos": (np.arccos, 4, dense(-1.01, 1.01)),
    "atan": (np.arctan, 5, None),
    "sinh": (np.sinh, 4, None),
    "cosh": (np.cosh, 4, None),
    "tanh": (np.tanh, 5, None),
    "asinh": (np.arcsinh, 4, None),
    "acosh": (np.arccosh, 4, None),
    "atanh": (np.arctanh, 5, dense(-1.01, 1.01)),
    "exp": (np.exp, 4, None),
    "exp2": (np.exp2, 4, None),
    "exp10": (lambda x: np.power(10.0, x), 4, None),
    "log": (np.log, 4, None),
    "log2": (np.log2, 4, None),
    "log10": (np.log10, 4, None),
    "sqrt": (np.sqrt, 0.5, None),
    "rsqrt": (lambda x: 1 / np.sqrt(x), 0.5, None),
    "floor": (np.floor, 0, None),
    "ceil": (np.ceil, 0, None),
    "trunc": (np.trunc, 0, None),
    "rint": (np.rint, 0, None),
    "round": (lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x), 0, None),
    "fabs": (np.abs, 0, None),
    "sinpi": (sin_pi, 4, None),
    "cospi": (cos_pi, 4, None),
    "tanpi": (lambda x: sin_pi(x) / cos_pi(x), 6, None),
}


@pytest.mark.parametrize("space", ["", "precise::", "fast::"])
@pytest.mark.parametrize("name", sorted(UNARY))
def test_unary(run: Callable[..., list[Array]], name: str, space: str) -> None:
    reference, limit, samples = UNARY[name]
    values = every_exponent() if samples is None else samples
    if name == "round":
        values = values[np.abs(values) < 2**52]
    source = f"""kernel void k(device const float *in, device float *out, uint i [[thread_position_in_grid]]) {{
      out[i] = {space}{name}(in[i]); }}"""
    result = run(source, values, np.zeros_like(values), grid=(values.size,), group=(256,))[1]
    with np.errstate(all="ignore"):
        exact = reference(values.astype(np.float64))
    error = ulp_error(result, exact)
    worst = int(np.argmax(error))
    assert error[worst] <= max(limit, 0.5), f"{name}({values[worst]!r}) is {result[worst]!r}, not {exact[worst]!r}"


def test_every_rsqrt(run: Callable[..., list[Array]]) -> None:
    """By whatever instructions the processor has, each of two binades' results is the correctly rounded one."""
    source = """kernel void k(device const float *in, device float *out, uint i [[thread_position_in_grid]]) {
      out[i] = rsqrt(in[i]); }"""
    for first in range(0x3F800000, 0x40800000, 1 << 20):
        values = np.arange(first, first + (1 << 20), dtype=np.uint32).view(np.float32)
        result = run(source, values, np.zeros_like(values), grid=(values.size,), group=(256,))[1]
        exact = (1 / np.sqrt(values.astype(np.longdouble))).astype(np.float32)
        np.testing.assert_array_equal(result, exact)


def power(x: Array, y: Array) -> Array:
    return np.float_power(x, y)


BINARY: dict[str, tuple[Callable[[Array, Array], Array], float]] = {
    "pow": (power, 16),
    "atan2": (np.arctan2, 6),
    "fmod": (np.fmod, 0),
    "copysign": (np.copysign, 0),
    "fmin": (np.fmin, 0),
    "fmax": (np.fmax, 0),
    "fdim": (lambda x, y: np.where(np.isnan(x) | np.isnan(y), np.nan, np.where(x > y, x - y, 0)), 0.5),
}


@pytest.mark.parametrize("name", sorted(BINARY))
def test_binary(run: Callable[..., list[Array]], name: str) -> None:
    reference, limit = BINARY[name]
    random = np.random.default_rng(2)
    values = every_exponent(20)
    special_values = np.array([0.0, -0.0, 1, -1, 0.5, 2, -2, 3, -3, np.inf, -np.inf, np.nan, 1e-40, 7.5], np.float32)
    x = np.concatenate([random.permutation(values), np.repeat(special_values, 14), random.uniform(0, 8, 5000)])
    y = np.concatenate([random.permutation(values), np.tile(special_values, 14), random.uniform(-9, 9, 5000)])
    x, y = x.astype(np.float32), y.astype(np.float32)
    source = f"""kernel void k(device const float *x, device const float *y, device float *out,
                               uint i [[thread_position_in_grid]]) {{ out[i] = {name}(x[i], y[i]); }}"""
    result = run(source, x, y, np.zeros_like(x), grid=(x.size,), group=(256,))[2]
    with np.errstate(all="ignore"):
        exact = reference(x.astype(np.float64), y.astype(np.float64))
    error = ulp_error(result, exact)
    worst = int(np.argmax(error))
    assert error[worst] <= max(limit, 0.5), (
        f"{name}({x[worst]!r}, {y[worst]!r}) is {result[worst]!r}, not {exact[worst]!r}"
    )


def test_parts_of_floats(run: Callable[..., list[Array]]) -> None:
    values = every_exponent(4)
    values = values[np.isfinite(values)]
    source = """kernel void k(device const float *in, device float *out, device int *ints, uint i [[thread_position_in_grid]]) {
      int e; float whole;
      out[i * 4] = frexp(in[i], e);
      out[i * 4 + 1] = modf(in[i], whole);
      out[i * 4 + 2] = whole;
      out[i * 4 + 3] = ldexp(out[i * 4], e);
      ints[i] = e;
    }"""
    _, out, exponents = run(
        source, values, np.zeros((values.size, 4), np.float32), np.zeros(values.size, np.int32),
        grid=(values.size,), group=(64,),
    )  # fmt: skip
    fraction, exponent = np.frexp(values)
    np.testing.assert_array_equal(out[:, 0], fraction)
    np.testing.assert_array_equal(exponents, exponent)
    part, whole = np.modf(values)
    np.testing.assert_array_equal(out[:, 1], part)
    np.testing.assert_array_equal(out[:, 2], whole)
    np.testing.assert_array_equal(out[:, 3], values)


def test_half_is_computed_through_float(run: Callable[..., list[Array]]) -> None:
    values = np.arange(0, 1 << 16, 7, dtype=np.uint32).astype(np.uint16).view(np.float16)
    values = values[np.isfinite(values)]
    source = """kernel void k(device const half *in, device half *out, uint i [[thread_position_in_grid]]) {
      out[i] = sin(in[i]); }"""
    result = run(source, values, np.zeros_like(values), grid=(values.size,), group=(128,))[1]
    exact = np.sin(values.astype(np.float64)).astype(np.float16)
    np.testing.assert_allclose(result.astype(np.float64), exact.astype(np.float64), atol=1e-7, rtol=2**-10)


def test_special_values_are_told_apart(run: Callable[..., list[Array]]) -> None:
    values = np.array([0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e-40, -1e-40], np.float32)
    source = """kernel void k(device const float *in, device uint *out, uint i [[thread_position_in_grid]]) {
      float x = in[i];
      out[i] = uint(isnan(x)) | uint(isinf(x)) << 1 | uint(isfinite(x)) << 2 | uint(isnormal(x)) << 3 | uint(signbit(x)) << 4; }"""
    result = run(source, values, np.zeros(values.size, np.uint32), grid=(values.size,), group=(1,))[1]
    normal = np.isfinite(values) & (np.abs(values) >= np.finfo(np.float32).tiny)
    expected = (
        np.isnan(values) | np.isinf(values) << 1 | np.isfinite(values) << 2 | normal << 3 | np.signbit(values) << 4
    )
    np.testing.assert_array_equal(result, expected)


def test_infinity_survives_fast_math(run: Callable[..., list[Array]]) -> None:
    source = """kernel void k(device const float *in, device float *out, uint i [[thread_position_in_grid]]) {
      float best = -INFINITY;
      for (uint j = 0; j < 4; ++j) best = max(best, in[j] > 100.0 ? in[j] : -INFINITY);
      out[0] = exp(best); out[1] = best == -INFINITY ? 1 : 0; }"""
    result = run(source, np.arange(4, dtype=np.float32), np.zeros(2, np.float32), grid=(1,), group=(1,))[1]
    assert result.tolist() == [0.0, 1.0]


def test_geometric(run: Callable[..., list[Array]]) -> None:
    random = np.random.default_rng(3)
    a, b = random.standard_normal((2, 64, 4)).astype(np.float32)
    source = """kernel void k(device const float4 *a, device const float4 *b, device float4 *out,
                              uint i [[thread_position_in_grid]]) {
      float3 x = a[i].xyz, y = b[i].xyz;
      out[i * 4] = float4(cross(x, y), dot(a[i], b[i]));
      out[i * 4 + 1] = float4(normalize(x), length(a[i]));
      out[i * 4 + 2] = float4(reflect(x, normalize(y)), distance(x, y));
      out[i * 4 + 3] = float4(mix(x, y, 0.25), clamp(a[i].w, -0.5, 0.5)); }"""
    out = run(source, a, b, np.zeros((256, 4), np.float32), grid=(64,), group=(16,))[2].reshape(64, 4, 4)
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    x, y = a64[:, :3], b64[:, :3]
    n = y / np.linalg.norm(y, axis=1, keepdims=True)
    np.testing.assert_allclose(out[:, 0, :3], np.cross(x, y), atol=2e-6)
    np.testing.assert_allclose(out[:, 0, 3], (a64 * b64).sum(1), atol=2e-6)
    np.testing.assert_allclose(out[:, 1, :3], x / np.linalg.norm(x, axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(out[:, 1, 3], np.linalg.norm(a64, axis=1), rtol=1e-6)
    np.testing.assert_allclose(out[:, 2, :3], x - 2 * (x * n).sum(1, keepdims=True) * n, atol=3e-6)
    np.testing.assert_allclose(out[:, 2, 3], np.linalg.norm(x - y, axis=1), rtol=1e-6)
    np.testing.assert_allclose(out[:, 3, :3], x + (y - x) * 0.25, atol=1e-6)
    np.testing.assert_allclose(out[:, 3, 3], np.clip(a64[:, 3], -0.5, 0.5), atol=1e-6)


def test_integer_functions(run: Callable[..., list[Array]]) -> None:
    random = np.random.default_rng(4)
    a, b = random.integers(0, 2**32, (2, 4096), dtype=np.uint32)
    a[:4] = [0, 1, 2**31, 2**32 - 1]
    source = """kernel void k(device const uint *a, device const uint *b, device uint *out, uint i [[thread_position_in_grid]]) {
      uint x = a[i], y = b[i]; device uint *o = out + i * 12;
      o[0] = popcount(x); o[1] = clz(x); o[2] = ctz(x); o[3] = reverse_bits(x); o[4] = mulhi(x, y); o[5] = rotate(x, 5u);
      o[6] = absdiff(x, y); o[7] = addsat(x, y); o[8] = subsat(x, y); o[9] = hadd(x, y); o[10] = extract_bits(x, 3, 9);
      o[11] = abs(int(x)); }"""
    out = run(source, a, b, np.zeros((4096, 12), np.uint32), grid=(4096,), group=(64,))[2]
    for row, x, y in zip(out.tolist(), a.tolist(), b.tolist()):
        bits = f"{x:032b}"
        signed = x - 2**32 if x >= 2**31 else x
        expected = [
            bits.count("1"), 32 - x.bit_length(), 32 if x == 0 else (x & -x).bit_length() - 1, int(bits[::-1], 2),
            x * y >> 32, (x << 5 | x >> 27) & 0xFFFFFFFF, abs(x - y), min(x + y, 2**32 - 1), max(x - y, 0), (x + y) >> 1,
            x >> 3 & 0x1FF, abs(signed) & 0xFFFFFFFF,
        ]  # fmt: skip
        assert row == expected, hex(x)


def test_integer_division_never_traps(run: Callable[..., list[Array]]) -> None:
    a = np.array([7, -7, -(2**31), 0, 2**31 - 1, -(2**31)], np.int32)
    b = np.array([0, 0, -1, 0, -1, 2], np.int32)
    source = """kernel void k(device const int *a, device const int *b, device int *out, uint i [[thread_position_in_grid]]) {
      out[i * 2] = a[i] / b[i]; out[i * 2 + 1] = a[i] % b[i]; }"""
    out = run(source, a, b, np.zeros((6, 2), np.int32), grid=(6,), group=(1,))[2]
    assert out[4].tolist() == [-(2**31 - 1), 0]
    assert out[5].tolist() == [-(2**30), 0]


def test_modes_give_the_same_functions(device: pm.Device, queue: pm.CommandQueue) -> None:
    """Bit by bit, in every math mode, plain, fast and precise."""
    names = [*sorted(UNARY), *sorted(BINARY)]
    calls = [
        f"{space}{name}({'x' if name in UNARY else 'x, y'})" for name in names for space in ("", "fast::", "precise::")
    ]
    stores = "\n".join(f"out[i * {len(calls)} + {j}] = {call};" for j, call in enumerate(calls))
    source = f"""#include <metal_stdlib>
      using namespace metal;
      kernel void k(device const float *in, device float *out, uint i [[thread_position_in_grid]]) {{
        float x = in[i], y = in[i ^ 1];
        {stores} }}"""
    values = every_exponent(1)[:512]
    results = []
    for mode in (pm.MathMode.Fast, pm.MathMode.Relaxed, pm.MathMode.Safe):
        library = device.new_library_with_source(source, pm.CompileOptions(math_mode=mode))
        pipeline = device.new_compute_pipeline_state(library.new_function("k"))
        given, out = device.new_buffer_with_data(values), device.new_buffer(values.size * len(calls) * 4)
        commands = queue.command_buffer()
        encoder = commands.compute_command_encoder()
        encoder.set_compute_pipeline_state(pipeline)
        encoder.set_buffer(given, 0, 0)
        encoder.set_buffer(out, 0, 1)
        encoder.dispatch_threads(values.size, 1, 1, 64, 1, 1)
        encoder.end_encoding()
        commands.commit()
        commands.wait_until_completed()
        assert commands.error is None
        results.append(np.frombuffer(out.contents(), np.float32).reshape(values.size, -1, 3).copy())
    for result in results:
        for space in range(3):
            np.testing.assert_array_equal(result[:, :, space], results[0][:, :, 0])
