"""What numbers do at their edges: conversions, shifts, overflow, division by zero, subnormals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Array = np.ndarray[Any, Any]
Run = Callable[..., list[Array]]

INTEGERS = {
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
    "int": np.int32,
    "uint": np.uint32,
    "long": np.int64,
    "ulong": np.uint64,
}


def bfloat_bits(values: Array) -> Array:
    """The nearest bfloat of each float, as bits; ties go to the even one."""
    bits = values.astype(np.float32).view(np.uint32).astype(np.uint64)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
    quiet = bits >> 16 | 0x40
    return np.where(np.isnan(values), quiet, rounded).astype(np.uint16)


def bfloat_values(bits: Array) -> Array:
    return (bits.astype(np.uint32) << 16).view(np.float32)


def convert(run: Run, values: Array, source: str, target: str, out: Any) -> Array:
    kernel = f"""kernel void k(device const {source} *in, device {target} *out, uint i [[thread_position_in_grid]]) {{
      out[i] = {target}(in[i]); }}"""
    return run(kernel, values, np.zeros(values.size, out), grid=(values.size,), group=(128,))[1]


def awkward_floats() -> Array:
    """Every exponent, both signs, the special values, and the neighbours of the ends of every integer type."""
    random = np.random.default_rng(5)
    exponents = np.repeat(np.arange(255, dtype=np.uint32), 8)
    bits = exponents << 23 | random.integers(0, 1 << 23, exponents.size, dtype=np.uint32)
    ends = np.array([2.0**n for n in (7, 8, 15, 16, 31, 32, 63, 64)], np.float32)
    near = np.concatenate([ends, np.nextafter(ends, np.float32(0)), np.nextafter(ends, np.float32(np.inf)), ends + 1])
    special = np.array(
        [0, 0.5, 0.999, 1.5, 2.5, 127.9, 128.5, 255.5, 256, np.inf, np.nan, 65504, 65519.99, 65520], np.float32
    )
    positive = np.concatenate([bits.view(np.float32), near, special])
    return np.concatenate([positive, -positive]).astype(np.float32)


@pytest.mark.parametrize("source", ["float", "half", "bfloat"])
@pytest.mark.parametrize("target", sorted(INTEGERS))
def test_float_to_integer_saturates(run: Run, source: str, target: str) -> None:
    values = awkward_floats()
    stored: Array = values
    if source == "half":
        with np.errstate(over="ignore"):
            stored = values.astype(np.float16)
        values = stored.astype(np.float32)
    elif source == "bfloat":
        stored = bfloat_bits(values)
        values = bfloat_values(stored)
    info = np.iinfo(INTEGERS[target])
    expected = [
        0 if np.isnan(x) else max(info.min, min(info.max, int(x) if np.isfinite(x) else int(np.sign(x)) * 2**70))
        for x in values.tolist()
    ]
    result = convert(run, stored, source, target, INTEGERS[target])
    np.testing.assert_array_equal(result, np.array(expected, dtype=INTEGERS[target]))


@pytest.mark.parametrize("target", sorted(INTEGERS))
def test_a_half_that_all_threads_share_saturates(run: Run, target: str) -> None:
    values = np.array([0, 1.5, -1.5, 127.9, -129, 300, 40000, -40000, 65504, np.inf, -np.inf, np.nan], np.float16)
    kernel = f"""kernel void k(device const half *in, device {target} *out) {{
      for (uint i = 0; i < {values.size}; i++) out[i] = {target}(in[i]); }}"""
    info = np.iinfo(INTEGERS[target])
    wide = np.nan_to_num(values.astype(np.float64), nan=0, posinf=2.0**70, neginf=-(2.0**70))
    expected = [max(info.min, min(info.max, int(x))) for x in wide.tolist()]
    result = run(kernel, values, np.zeros(values.size, INTEGERS[target]), grid=(64,), group=(64,))[1]
    np.testing.assert_array_equal(result, np.array(expected, INTEGERS[target]))


def test_constants_saturate_as_variables_do(run: Run) -> None:
    source = """kernel void k(device int *out) {
      float large = 1e20f, nan = NAN;
      out[0] = int(large); out[1] = int(-large); out[2] = int(nan); out[3] = uchar(300.5f); out[4] = uchar(-1.0f);
      out[5] = char(-200.0f); out[6] = uint(-1.0f); out[7] = int4(float4(large, -large, nan, 1.9f)).y; }"""
    (out,) = run(source, np.zeros(8, np.int32), grid=(1,), group=(1,))
    assert out.tolist() == [2**31 - 1, -(2**31), 0, 255, 0, -128, 0, -(2**31)]


def test_float_to_half_rounds_to_nearest_even(run: Run) -> None:
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    middles = (halves[:-1] + halves[1:]) / 2
    values = np.concatenate(
        [halves, middles, np.nextafter(middles, np.float32(0)), np.nextafter(middles, np.float32(9e9))]
    )
    values = np.concatenate([values, -values, awkward_floats()]).astype(np.float32)
    with np.errstate(over="ignore"):
        expected = values.astype(np.float16)
    result = convert(run, values, "float", "half", np.float16)
    np.testing.assert_array_equal(np.isnan(result), np.isnan(values))
    known = ~np.isnan(values)
    np.testing.assert_array_equal(result.view(np.uint16)[known], expected.view(np.uint16)[known])


def test_float_to_bfloat_rounds_to_nearest_even(run: Run) -> None:
    bits = np.arange(0, 0x7F80, dtype=np.uint32) << 16
    values = np.concatenate([bits, bits | 0x8000, bits | 0x7FFF, bits | 0x8001]).view(np.float32)
    values = np.concatenate([values, -values, awkward_floats()]).astype(np.float32)
    result = convert(run, values, "float", "bfloat", np.uint16)
    known = ~np.isnan(values)
    assert np.isnan(bfloat_values(result[~known])).all()
    np.testing.assert_array_equal(result[known], bfloat_bits(values[known]))


@pytest.mark.parametrize("target", ["half", "bfloat", "float"])
@pytest.mark.parametrize("source", sorted(INTEGERS))
def test_integer_to_float_rounds_once(run: Run, source: str, target: str) -> None:
    """Beyond the largest half lies infinity; long goes straight to float, and not through anything narrower."""
    info = np.iinfo(INTEGERS[source])
    random = np.random.default_rng(6)
    shifts = random.integers(0, info.bits, 4000).astype(np.uint64)
    raw = random.integers(0, 2**63, 4000, dtype=np.uint64) >> shifts
    mantissas = random.integers(1 << 8, 1 << 10, 2000, dtype=np.uint64)
    ties = (mantissas << np.uint64(20)) + random.integers(-1, 2, 2000).astype(np.uint64)
    values = np.concatenate([raw, ties, ties << np.uint64(30), np.arange(65000, 66000, dtype=np.uint64)])
    values = np.concatenate([values.astype(INTEGERS[source]), np.array([info.min, info.max, 0, 1], INTEGERS[source])])
    digits = {"half": 11, "bfloat": 8, "float": 24}[target]

    def nearest(x: int) -> float:
        drop = max(0, abs(x).bit_length() - digits)
        scale = 1 << drop
        whole, rest = divmod(abs(x), scale)
        whole += rest * 2 > scale or (rest * 2 == scale and whole % 2 == 1)
        value = float(whole * scale)
        if target == "half" and value > 65504:
            value = float("inf")
        return -value if x < 0 else value

    expected = np.array([nearest(x) for x in values.tolist()])
    dtype = {"half": np.float16, "bfloat": np.uint16, "float": np.float32}[target]
    result = convert(run, values, source, target, dtype)
    found = bfloat_values(result) if target == "bfloat" else result
    np.testing.assert_array_equal(found.astype(np.float64), expected)


@pytest.mark.parametrize("kind", sorted(INTEGERS))
def test_shifts_count_modulo_the_width(run: Run, kind: str) -> None:
    """A scalar narrower than int shifts as an int; a component of a vector shifts in its own width."""
    dtype = INTEGERS[kind]
    bits = np.iinfo(dtype).bits
    counts = np.arange(128, dtype=dtype)
    values = np.random.default_rng(7).integers(0, 2**63, 128, dtype=np.uint64).astype(dtype)
    source = f"""kernel void k(device const {kind} *a, device const {kind} *n, device {kind} *out,
                               uint i [[thread_position_in_grid]]) {{
      out[i * 4] = a[i] << n[i]; out[i * 4 + 1] = a[i] >> n[i];
      vec<{kind}, 3> v(a[i]); v <<= vec<{kind}, 3>(n[i]); out[i * 4 + 2] = v.z;
      out[i * 4 + 3] = (vec<{kind}, 2>(a[i]) >> n[i]).y; }}"""
    out = run(source, values, counts, np.zeros((128, 4), dtype), grid=(128,), group=(32,))[2]

    def wrap(x: int) -> int:
        return int(np.array([x & (2**bits - 1)], np.uint64).astype(dtype)[0])

    for row, value, count in zip(out.tolist(), values.tolist(), counts.tolist()):
        wide = count % max(bits, 32)
        own = count % bits
        assert row == [wrap(value << wide), wrap(value >> wide), wrap(value << own), wrap(value >> own)], (value, count)


def test_signed_overflow_wraps(run: Run) -> None:
    values = np.array([2**31 - 1, -(2**31), 0x40000000, -1], np.int32)
    source = """kernel void k(device const int *in, device int *out, uint i [[thread_position_in_grid]]) {
      int x = in[i];
      out[i * 6] = x + 1; out[i * 6 + 1] = x - 1; out[i * 6 + 2] = x * 3; out[i * 6 + 3] = -x;
      out[i * 6 + 4] = x + 1 < x;              // true where the sum wraps
      int steps = 0;
      for (int j = x; j > 0 && steps < 5; ++j) ++steps;
      out[i * 6 + 5] = steps; }"""
    out = run(source, values, np.zeros((4, 6), np.int32), grid=(4,), group=(4,))[1]
    with np.errstate(over="ignore"):
        expected = np.stack([values + 1, values - 1, values * 3, -values, [1, 0, 0, 0], [1, 0, 5, 0]], axis=1)
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("kind", sorted(INTEGERS))
def test_division_by_zero_is_defined(run: Run, kind: str) -> None:
    """x / 0 is x and x % 0 is 0, the check for zero after the division stays, and the least integer / -1 wraps."""
    info = np.iinfo(INTEGERS[kind])
    values = np.array([0, 1, 7, info.max, info.min], INTEGERS[kind])
    source = f"""kernel void k(device const {kind} *a, device const {kind} *zero, device {kind} *out,
                               uint i [[thread_position_in_grid]]) {{
      {kind} x = a[i], z = zero[0];
      {kind} quotient = x / z, rest = x % z;
      out[i * 5] = quotient; out[i * 5 + 1] = rest; out[i * 5 + 2] = z == 0 ? 42 : quotient;
      out[i * 5 + 3] = x / {kind}(z - 1); out[i * 5 + 4] = (vec<{kind}, 3>(x) / vec<{kind}, 3>(z)).y; }}"""
    out = run(source, values, np.zeros(1, INTEGERS[kind]), np.zeros((5, 5), INTEGERS[kind]), grid=(5,), group=(5,))[2]
    np.testing.assert_array_equal(out[:, 0], values)
    assert (out[:, 1] == 0).all() and (out[:, 2] == 42).all()
    np.testing.assert_array_equal(out[:, 4], values)
    bits = info.bits
    for x, quotient in zip(values.tolist(), out[:, 3].tolist()):
        divisor = -1 if info.min < 0 else 2**bits - 1
        expected = int(x / divisor) if info.min == 0 else -x
        assert (quotient - expected) % 2**bits == 0


@pytest.mark.parametrize("kind", sorted(INTEGERS))
def test_division_of_constants_by_zero_is_defined(run: Run, kind: str) -> None:
    """What the compiler computes is what the machine would, also where it decides a branch."""
    info = np.iinfo(INTEGERS[kind])
    source = f"""constant {kind} SEVEN = 7, ZERO = 0;
    template <class T> T divide(T a, T b) {{ return a / b; }}
    kernel void k(device {kind} *out, uint i [[thread_position_in_grid]]) {{
      {kind} z = 0;
      vec<{kind}, 3> v = vec<{kind}, 3>(5, 6, 7) / vec<{kind}, 3>(1, 0, 2);
      out[0] = {kind}(5) / {kind}(0); out[1] = {kind}(5) % z; out[2] = divide<{kind}>({kind}({info.min}), {kind}(-1));
      out[3] = {kind}({info.min}) % {kind}(-1); out[4] = v.x; out[5] = v.y; out[6] = v.z; out[7] = SEVEN / ZERO;
      if ({kind}(7) / z == 7) out[8] = 1; else out[8] = 2;
      switch (int({kind}(3) / {kind}(0))) {{ case 3: out[9] = 1; break; default: out[9] = 2; }} }}"""
    out = run(source, np.zeros(10, INTEGERS[kind]), grid=(1,), group=(1,))[0]
    least = [info.min, 0] if info.min < 0 else [0, 0]
    assert out.tolist() == [5, 0, *least, 5, 6, 3, 7, 1, 1]


@pytest.mark.parametrize("kind", ["float", "half", "bfloat"])
def test_subnormals_are_numbers(run: Run, kind: str) -> None:
    """No operation flushes them, in or out."""
    dtype = {"float": np.float32, "half": np.float16, "bfloat": np.uint16}[kind]
    width = {"float": np.uint32, "half": np.uint16, "bfloat": np.uint16}[kind]
    bits = np.array([1, 2, 3, 5, 77, 99], width)
    source = f"""kernel void k(device const {kind} *in, device {kind} *out, uint i [[thread_position_in_grid]]) {{
      {kind} x = in[i], least = in[0];
      out[i * 5] = x + least; out[i * 5 + 1] = x * {kind}(2); out[i * 5 + 2] = x * {kind}(1);
      out[i * 5 + 3] = {kind}(float(x)); out[i * 5 + 4] = max(x, least); }}"""
    out = run(source, bits.view(dtype), np.zeros((6, 5), dtype), grid=(6,), group=(6,))[1].view(width)
    np.testing.assert_array_equal(out, np.stack([bits + 1, bits * 2, bits, bits, bits], axis=1))


@pytest.mark.parametrize("kind", sorted(INTEGERS))
def test_division_is_exact(run: Run, kind: str) -> None:
    """Quotients next to whole ones, and numbers of every length, towards zero."""
    info = np.iinfo(INTEGERS[kind])
    random = np.random.default_rng(20)

    def numbers(count: int) -> list[int]:
        raw = random.integers(0, 2**64, count, dtype=np.uint64) >> random.integers(0, info.bits, count).astype(
            np.uint64
        )
        return raw.astype(INTEGERS[kind]).tolist()  # type: ignore[no-any-return]

    divisors = [b if b not in (0, -1) else 3 for b in numbers(4000)]
    multiples = [a // b * b - step for a, b, step in zip(numbers(2000), divisors, [0, 1] * 1000)]
    dividends = [max(info.min, min(info.max, a)) for a in multiples] + numbers(2000)
    source = f"""kernel void k(device const {kind} *a, device const {kind} *b, device {kind} *out,
                               uint i [[thread_position_in_grid]]) {{
      out[i * 2] = a[i] / b[i]; out[i * 2 + 1] = a[i] % b[i]; }}"""
    out = run(
        source, np.array(dividends, INTEGERS[kind]), np.array(divisors, INTEGERS[kind]),
        np.zeros((4000, 2), INTEGERS[kind]), grid=(4000,), group=(100,),
    )[2]  # fmt: skip
    for row, a, b in zip(out.tolist(), dividends, divisors):
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        assert row == [quotient, a - quotient * b], (a, b)


@pytest.mark.parametrize("operator", ["+", "-", "*", "/"])
@pytest.mark.parametrize("kind", ["half", "bfloat"])
def test_small_floats_round_each_operation(run: Run, kind: str, operator: str) -> None:
    """The result is the exact one, rounded; float holds enough digits for its own rounding not to show."""
    random = np.random.default_rng(21)
    a, b = random.integers(0, 1 << 16, (2, 20000), dtype=np.uint32).astype(np.uint16)
    if kind == "half":
        x, y = a.view(np.float16).astype(np.float64), b.view(np.float16).astype(np.float64)
    else:
        with np.errstate(invalid="ignore"):
            x, y = bfloat_values(a).astype(np.float64), bfloat_values(b).astype(np.float64)
    source = f"""kernel void k(device const {kind} *a, device const {kind} *b, device {kind} *out,
                               uint i [[thread_position_in_grid]]) {{
      {kind} r = a[i] {operator} b[i]; out[i] = r; }}"""
    out = run(source, a, b, np.zeros(20000, np.uint16), grid=(20000,), group=(200,))[2]
    with np.errstate(all="ignore"):
        exact = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}[operator](x, y)
        single = exact.astype(np.float32)
        expected = single.astype(np.float16).view(np.uint16) if kind == "half" else bfloat_bits(single)
        found = out.view(np.float16).astype(np.float32) if kind == "half" else bfloat_values(out)
    known = ~np.isnan(exact)
    assert np.isnan(found[~known]).all()
    np.testing.assert_array_equal(out[known], expected[known])
