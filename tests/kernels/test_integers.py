"""The integer functions, on every width, against Python's integers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Array = np.ndarray[Any, Any]
Run = Callable[..., list[Array]]

KINDS = {
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
    "int": np.int32,
    "uint": np.uint32,
    "long": np.int64,
    "ulong": np.uint64,
}


class Width:
    """What the functions are over integers of one type, without a limit to the values on the way."""

    def __init__(self, dtype: Any) -> None:
        info = np.iinfo(dtype)
        self.bits, self.low, self.high = info.bits, int(info.min), int(info.max)
        self.mask = 2**self.bits - 1

    def wrap(self, x: int) -> int:
        x &= self.mask
        return x - 2**self.bits if x > self.high else x

    def saturate(self, x: int) -> int:
        return max(self.low, min(self.high, x))

    def pattern(self, x: int) -> str:
        return f"{x & self.mask:0{self.bits}b}"

    def extract(self, x: int, offset: int, count: int) -> int:
        piece = (x & self.mask) >> offset & (2**count - 1)
        return piece - 2**count if self.low < 0 and count > 0 and piece >> (count - 1) else piece

    def insert(self, x: int, y: int, offset: int, count: int) -> int:
        mask = (2**count - 1) << offset
        return self.wrap((x & ~mask) | (y << offset & mask))

    def rotate(self, x: int, count: int) -> int:
        count %= self.bits
        x &= self.mask
        return self.wrap(x << count | x >> (self.bits - count))

    def functions(self) -> dict[str, Callable[[int, int, int], int]]:
        piece = self.bits // 2
        return {
            "abs(x)": lambda x, y, z: self.wrap(abs(x)),
            "absdiff(x, y)": lambda x, y, z: self.wrap(abs(x - y)),
            "addsat(x, y)": lambda x, y, z: self.saturate(x + y),
            "clamp(x, min(y, z), max(y, z))": lambda x, y, z: max(min(y, z), min(max(y, z), x)),
            "clz(x)": lambda x, y, z: self.bits - (x & self.mask).bit_length(),
            "ctz(x)": lambda x, y, z: self.bits if x == 0 else (x & -x).bit_length() - 1,
            "hadd(x, y)": lambda x, y, z: (x + y) >> 1,
            "madhi(x, y, z)": lambda x, y, z: self.wrap((x * y >> self.bits) + z),
            "madsat(x, y, z)": lambda x, y, z: self.saturate(x * y + z),
            "max(x, y)": lambda x, y, z: max(x, y),
            "max3(x, y, z)": lambda x, y, z: max(x, y, z),
            "median3(x, y, z)": lambda x, y, z: sorted((x, y, z))[1],
            "min(x, y)": lambda x, y, z: min(x, y),
            "min3(x, y, z)": lambda x, y, z: min(x, y, z),
            "mulhi(x, y)": lambda x, y, z: x * y >> self.bits,
            "popcount(x)": lambda x, y, z: self.pattern(x).count("1"),
            "reverse_bits(x)": lambda x, y, z: self.wrap(int(self.pattern(x)[::-1], 2)),
            "rhadd(x, y)": lambda x, y, z: (x + y + 1) >> 1,
            "rotate(x, y)": lambda x, y, z: self.rotate(x, y),
            "subsat(x, y)": lambda x, y, z: self.saturate(x - y),
            "select(x, y, z > y)": lambda x, y, z: y if z > y else x,
            "extract_bits(x, 0, 0)": lambda x, y, z: 0,
            f"extract_bits(x, 1, {piece})": lambda x, y, z: self.extract(x, 1, piece),
            f"extract_bits(x, {piece}, {piece})": lambda x, y, z: self.extract(x, piece, piece),
            f"extract_bits(x, 0, {self.bits})": lambda x, y, z: x,
            "insert_bits(x, y, 0, 0)": lambda x, y, z: x,
            f"insert_bits(x, y, 3, {piece})": lambda x, y, z: self.insert(x, y, 3, piece),
            f"insert_bits(x, y, 0, {self.bits})": lambda x, y, z: y,
        }


def samples(dtype: Any) -> list[Array]:
    """Triples of the ends, small numbers, powers of two, and numbers of every length."""
    info = np.iinfo(dtype)
    random = np.random.default_rng(9)
    edges = [info.min, info.max, info.max // 2, info.max - 1, info.min + 1, 0, 1, 2, 3, 5, 100]
    edges += [-1, -2, -77] if info.min < 0 else []
    triples = [(x, y, z) for x in edges for y in edges for z in (0, 1, info.max, info.min)]
    raw = random.integers(0, 2**64, (1500, 3), dtype=np.uint64) >> random.integers(0, info.bits, (1500, 3)).astype(
        np.uint64
    )
    wide = np.concatenate([np.array([[v % 2**64 for v in t] for t in triples], np.uint64), raw])
    return [np.ascontiguousarray(column) for column in wide.astype(dtype).T]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_functions(run: Run, kind: str) -> None:
    dtype = KINDS[kind]
    functions = Width(dtype).functions()
    x, y, z = samples(dtype)
    calls = "\n".join(f"out[i * {len(functions)} + {j}] = {kind}({call});" for j, call in enumerate(functions))
    source = f"""kernel void k(device const {kind} *xs, device const {kind} *ys, device const {kind} *zs, device {kind} *out,
                               uint i [[thread_position_in_grid]]) {{
      {kind} x = xs[i], y = ys[i], z = zs[i];
      {calls} }}"""
    out = run(source, x, y, z, np.zeros((x.size, len(functions)), dtype), grid=(x.size,), group=(64,))[3]
    for j, (call, function) in enumerate(functions.items()):
        expected = [function(*triple) for triple in zip(x.tolist(), y.tolist(), z.tolist())]
        wrong = np.flatnonzero(out[:, j] != np.array(expected, dtype=dtype))
        assert wrong.size == 0, (call, [column[wrong[0]] for column in (x, y, z)], out[wrong[0], j], expected[wrong[0]])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_vectors_are_componentwise(run: Run, kind: str) -> None:
    dtype = KINDS[kind]
    functions = list(Width(dtype).functions())
    x, y, z = (column[:300] for column in samples(dtype))
    checks = "\n".join(
        f"""{{ vec<{kind}, 3> v = vec<{kind}, 3>(apply{j}(vec<{kind}, 3>(p, q, r), vec<{kind}, 3>(q, r, p), vec<{kind}, 3>(r, p, q)));
              same = same && v.x == {kind}(apply{j}(p, q, r)) && v.y == {kind}(apply{j}(q, r, p))
                          && v.z == {kind}(apply{j}(r, p, q)); if (!same && failed < 0) failed = {j}; }}"""
        for j in range(len(functions))
    )
    definitions = "\n".join(
        f"template <class T> auto apply{j}(T x, T y, T z) {{ return {call}; }}" for j, call in enumerate(functions)
    )
    source = f"""{definitions}
    kernel void k(device const {kind} *xs, device const {kind} *ys, device const {kind} *zs, device int *out,
                  uint i [[thread_position_in_grid]]) {{
      {kind} p = xs[i], q = ys[i], r = zs[i];
      bool same = true; int failed = -1;
      {checks}
      out[i] = failed; }}"""
    out = run(source, x, y, z, np.zeros(x.size, np.int32), grid=(x.size,), group=(50,))[3]
    assert (out == -1).all(), [functions[j] for j in set(out.tolist()) if j >= 0]


@pytest.mark.parametrize("kind", ["int", "uint"])
def test_24_bits(run: Run, kind: str) -> None:
    """Within 24 bits the product is exact, and its low 32 bits are kept."""
    dtype = KINDS[kind]
    random = np.random.default_rng(10)
    low, high = (-(2**23), 2**23) if kind == "int" else (0, 2**24)
    x, y, z = (random.integers(low, high, 2000).astype(dtype) for _ in range(3))
    x[:3], y[:3] = [low, high - 1, low], [low, high - 1, high - 1]
    source = f"""kernel void k(device const {kind} *x, device const {kind} *y, device const {kind} *z, device {kind} *out,
                               uint i [[thread_position_in_grid]]) {{
      out[i * 2] = mul24(x[i], y[i]); out[i * 2 + 1] = mad24(x[i], y[i], z[i]); }}"""
    out = run(source, x, y, z, np.zeros((2000, 2), dtype), grid=(2000,), group=(100,))[3]
    width = Width(dtype)
    for row, a, b, c in zip(out.tolist(), x.tolist(), y.tolist(), z.tolist()):
        assert row == [width.wrap(a * b), width.wrap(a * b + c)]
