"""Conversions between vectors and packed integers, against the formulas in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Run = Callable[..., list[Any]]
# Name, bits of each component from the lowest on, whether signed, and the type of the packed value.
FORMATS = [
    ("unorm4x8", [8, 8, 8, 8], False, np.uint32),
    ("snorm4x8", [8, 8, 8, 8], True, np.uint32),
    ("unorm2x16", [16, 16], False, np.uint32),
    ("snorm2x16", [16, 16], True, np.uint32),
    ("unorm10a2", [10, 10, 10, 2], False, np.uint32),
]


def samples(count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    rng = np.random.default_rng(1)
    values = rng.uniform(-1.3, 1.3, (500, count)).astype(np.float32)
    edges = np.array([0, -0.0, 1, -1, 2, -2, 0.5, np.inf, -np.inf, np.nan, 1e-30, 1 / 255], np.float32)
    return np.concatenate([values, np.repeat(edges[:, None], count, 1)])


def pack(values: Any, bits: list[int], signed: bool) -> Any:
    packed = np.zeros(len(values), np.uint64)
    shift = 0
    for component, width in zip(np.float64(values).T, bits):
        limit = 2 ** (width - 1) - 1 if signed else 2**width - 1
        number = np.rint(np.clip(np.nan_to_num(component, nan=0.0), -1.0 if signed else 0.0, 1.0) * limit)
        packed |= (number.astype(np.int64) & (2**width - 1)).astype(np.uint64) << np.uint64(shift)
        shift += width
    return packed.astype(np.uint32)


@pytest.mark.parametrize(("name", "bits", "signed", "dtype"), FORMATS)
def test_pack(run: Run, name: str, bits: list[int], signed: bool, dtype: Any) -> None:
    n = len(bits)
    source = f"""kernel void k(device uint *out, device packed_float{n} *in, uint i [[thread_position_in_grid]]) {{
      out[i] = pack_float_to_{name}(float{n}(in[i]));
    }}"""
    values = samples(n)
    out, _ = run(source, np.zeros(len(values), dtype), values, grid=[len(values)], group=[64])
    expected = pack(values, bits, signed)
    # A product that lies half way between two integers in float32 may lie beside it in float64.
    shift = 0
    for width in bits:
        mask = np.uint32(2**width - 1)
        apart = ((out >> np.uint32(shift)) & mask).astype(np.int64) - ((expected >> np.uint32(shift)) & mask)
        assert np.all(np.abs(apart) <= (1 if width == 16 else 0)), name
        shift += width


@pytest.mark.parametrize(("name", "bits", "signed", "dtype"), FORMATS)
def test_unpack(run: Run, name: str, bits: list[int], signed: bool, dtype: Any) -> None:
    n = len(bits)
    source = f"""kernel void k(device packed_float{n} *out, device uint *in, device packed_half{n} *halves,
                          uint i [[thread_position_in_grid]]) {{
      out[i] = unpack_{name}_to_float(in[i]);
      halves[i] = unpack_{name}_to_half(in[i]);
    }}"""
    rng = np.random.default_rng(2)
    words = np.concatenate([rng.integers(0, 2**32, 1000, np.uint64), [0, 2**32 - 1, 0x80808080, 0x80008000]])
    words = words.astype(np.uint32)
    out, _, halves = run(
        source,
        np.zeros((len(words), n), np.float32),
        words,
        np.zeros((len(words), n), np.float16),
        grid=[len(words)],
        group=[64],
    )
    shift = 0
    for i, width in enumerate(bits):
        number = (words.astype(np.int64) >> shift) & (2**width - 1)
        if signed:
            number = np.where(number >= 2 ** (width - 1), number - 2**width, number)
        expected = np.maximum(number / (2 ** (width - 1) - 1 if signed else 2**width - 1), -1.0)
        np.testing.assert_allclose(out[:, i], expected, rtol=2e-7)
        np.testing.assert_allclose(halves[:, i], expected, atol=5e-4)
        shift += width


def test_unorm565_has_red_above(run: Run) -> None:
    source = """kernel void k(device uint *out, device packed_float3 *in, uint i [[thread_position_in_grid]]) {
      out[i] = pack_float_to_unorm565(float3(in[i]));
      in[i] = unpack_unorm565_to_float(ushort(out[i]));
    }"""
    colours = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0.5, 0.5, 0.5]], np.float32)
    out, back = run(source, np.zeros(5, np.uint32), colours, grid=[5], group=[5])
    assert out[:4].tolist() == [0xF800, 0x07E0, 0x001F, 0xFFFF]
    np.testing.assert_allclose(back, colours, atol=1 / 31)


def test_srgb_goes_there_and_back(run: Run) -> None:
    source = """kernel void k(device uint *out, device packed_float4 *linear, uint i [[thread_position_in_grid]]) {
      out[i] = pack_float_to_srgb_unorm4x8(unpack_unorm4x8_srgb_to_float(i * 0x01010101u));
      linear[i] = unpack_unorm4x8_srgb_to_float(i * 0x01010101u);
    }"""
    out, linear = run(source, np.zeros(256, np.uint32), np.zeros((256, 4), np.float32), grid=[256], group=[64])
    assert np.array_equal(out, np.arange(256) * 0x01010101)
    encoded = np.arange(256) / 255
    expected = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    np.testing.assert_allclose(linear[:, 0], expected, rtol=1e-5)
    np.testing.assert_allclose(linear[:, 3], encoded, rtol=1e-6)
