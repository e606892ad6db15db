"""Floats that programs compute from four bits of a number, as weights that were quantised are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

# In MSL and in NumPy, where v is as wide as it need be.
EXPRESSIONS: dict[str, Callable[[Numbers], Any]] = {
    "v & 15": lambda v: v & 15,
    "int(v & 15) - 8": lambda v: (v & 15) - 8,
    "int(v >> 4 & 15) - 8": lambda v: (v >> 4 & 15) - 8,
    "int(v & 0xF0) - 128": lambda v: (v & 0xF0) - 128,
    "8 - int(v & 15)": lambda v: 8 - (v & 15),
    "(int(v & 7) ^ 5) * 3 - 20": lambda v: ((v & 7) ^ 5) * 3 - 20,
    "char((v & 15) * 16)": lambda v: ((v & 15) * 16 + 128) % 256 - 128,
    "char(v & 15) - char(v & 3)": lambda v: (v & 15) - (v & 3),
    "(v & 15) * 0.125f - 1.0f": lambda v: (v & 15) * 0.125 - 1,
    "(v & 3) * 1e30f * 1e30f": lambda v: np.where(v & 3, np.inf, 0),
    "float(uint(v & 15) - 8u)": lambda v: np.float32(((v & 15) - 8) % (1 << 32)),
    "float(int(v & 15) - 8) + float(v & 31)": lambda v: (v & 15) - 8 + (v & 31),
    "half(int(v & 15) - 8)": lambda v: (v & 15) - 8,
    "float4(int4(v, v >> 2, v >> 4, v >> 6) & 3).z": lambda v: v >> 4 & 3,
}


@pytest.mark.parametrize("width", ["uchar", "ushort", "uint"])
def test_all_bytes(run: Callable[..., list[Any]], width: str) -> None:
    """Each expression for each byte, under bits that do not count."""
    body = "".join(f"out[{k * 256} + i] = {expression};\n" for k, expression in enumerate(EXPRESSIONS))
    source = f"""kernel void k(device const {width} *values, device float *out, uint i [[thread_position_in_grid]]) {{
      const {width} v = values[i];
      {body}
    }}"""
    values = np.arange(256) + (0 if width == "uchar" else 0xAB00)
    dtype = {"uchar": np.uint8, "ushort": np.uint16, "uint": np.uint32}[width]
    out = run(source, values.astype(dtype), np.zeros((len(EXPRESSIONS), 256), np.float32), grid=(256,), group=(64,))[1]
    for (expression, compute), results in zip(EXPRESSIONS.items(), out):
        assert np.array_equal(results, np.float32(compute(values))), expression
