"""Random kernels with barriers in loops, branches and behind early returns, against NumPy."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Array = np.ndarray[Any, Any]
Run = Callable[..., list[Array]]

HEAD = """
#define BARRIER threadgroup_barrier(mem_flags::mem_threadgroup)
kernel void k(device int *out, device const int *in, constant int &n, threadgroup int *s,
              uint2 g [[threadgroup_position_in_grid]], uint2 groups [[threadgroups_per_grid]],
              uint l [[thread_index_in_threadgroup]], uint2 extent [[threads_per_threadgroup]]) {
  const int count = extent.x * extent.y, id = (g.y * groups.x + g.x) * count + l;
  int x = in[id], y = x ^ 5, a[4] = {1, 2, 3, 4};
"""


class Program:
    """A kernel, and beside it what each of its threads computes. `self.model` holds steps over all threads at once."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.depth = 1
        self.loops = 0
        self.model = self.block(5)

    def line(self, text: str) -> None:
        self.lines.append("  " * self.depth + text)

    def block(self, length: int) -> list[Callable[[State], None]]:
        kinds = ["compute", "exchange", "branch", "array", "inner_loop", "rotate"]
        if self.depth < 4:
            kinds += ["loop", "uniform_branch", "leave"]
        return [getattr(self, self.random.choice(kinds))() for _ in range(length)]

    def nested(self) -> list[Callable[[State], None]]:
        self.depth += 1
        steps = self.block(self.random.randint(1, 3))
        self.depth -= 1
        self.line("}")
        return steps

    def compute(self) -> Callable[[State], None]:
        factor, term = self.random.randint(2, 9), self.random.randint(0, 99)
        self.line(f"y = x * {factor} + y; x ^= (y >> 3) + {term};")

        def step(t: State) -> None:
            t.set("y", t.x * factor + t.y)
            t.set("x", t.x ^ ((t.y >> 3) + term))

        return step

    def exchange(self) -> Callable[[State], None]:
        """Every thread reads what another one wrote; who has left wrote nothing."""
        shift = self.random.choice([1, 7, 32, 33])
        self.line(f"s[l] = x; BARRIER; y += s[(l + {shift}) % count]; BARRIER;")

        def step(t: State) -> None:
            t.shared = np.where(t.on, t.x, t.shared)
            t.set("y", t.y + np.roll(t.shared, -shift, axis=1))

        return step

    def rotate(self) -> Callable[[State], None]:
        """Writes behind one barrier what is read before the next."""
        self.line("BARRIER; s[l] = y; BARRIER; x -= s[count - 1 - l]; BARRIER;")

        def step(t: State) -> None:
            t.shared = np.where(t.on, t.y, t.shared)
            t.set("x", t.x - t.shared[:, ::-1])

        return step

    def branch(self) -> Callable[[State], None]:
        mask, term = self.random.choice([1, 4, 32, 96]), self.random.randint(1, 99)
        self.line(f"if ((x ^ int(l)) & {mask}) x += {term}; else y -= x;")

        def step(t: State) -> None:
            taken = ((t.x ^ t.l) & mask) != 0
            x = t.x
            t.set("x", np.where(taken, x + term, x))
            t.set("y", np.where(taken, t.y, t.y - x))

        return step

    def array(self) -> Callable[[State], None]:
        self.line("a[x & 3] += y; y ^= a[(x >> 2) & 3];")

        def step(t: State) -> None:
            for i in range(4):
                t.a[i] = np.where(t.on & ((t.x & 3) == i), t.a[i] + t.y, t.a[i])
            t.set("y", t.y ^ np.choose((t.x >> 2) & 3, t.a))

        return step

    def inner_loop(self) -> Callable[[State], None]:
        mask = self.random.choice([3, 7])
        self.line(f"for (int j = 0; j < int(l & {mask}); j++) x = x * 3 + j;")

        def step(t: State) -> None:
            for j in range(mask):
                t.set("x", np.where(j < (t.l & mask), t.x * 3 + j, t.x))

        return step

    def loop(self) -> Callable[[State], None]:
        self.loops += 1
        name, rounds = f"i{self.loops}", self.random.randint(1, 3)
        self.line(f"for (int {name} = 0; {name} < n + {rounds}; {name}++) {{ y += {name};")
        steps = self.nested()

        def step(t: State) -> None:
            for i in range(t.n + rounds):
                t.set("y", t.y + i)
                t.run(steps)

        return step

    def uniform_branch(self) -> Callable[[State], None]:
        bit = self.random.choice([0, 1])
        self.line(f"if ((n ^ g.x) >> {bit} & 1) {{")
        steps = self.nested()

        def step(t: State) -> None:
            taken = ((t.n ^ t.gx) >> bit & 1) != 0
            outside, t.on = t.on & ~taken, t.on & taken
            t.run(steps)
            t.on |= outside

        return step

    def leave(self) -> Callable[[State], None]:
        """Threads may return before barriers; those that have count as arrived."""
        if self.random.random() < 0.6:
            return self.compute()
        limit = self.random.choice([40, 64, 70])
        self.line(f"if (int(l) >= {limit}) {{ out[id] = x + y; return; }}")

        def step(t: State) -> None:
            t.result = np.where(t.on & (t.l >= limit), t.x + t.y, t.result)
            t.on &= t.l < limit

        return step

    def source(self) -> str:
        return HEAD + "\n".join(self.lines) + "\n  out[id] = x + y + a[0] + a[3];\n}"


class State:
    """What all threads hold: a row for each threadgroup."""

    def __init__(self, values: Array, n: int, width: int) -> None:
        self.x, self.n = values, n
        self.y = values ^ 5
        self.a = [np.full_like(values, i + 1) for i in range(4)]
        self.l = np.broadcast_to(np.arange(values.shape[1], dtype=np.int32), values.shape)
        self.gx = (np.arange(values.shape[0], dtype=np.int32) % width)[:, None]
        self.on = np.ones(values.shape, np.bool_)
        self.shared = np.zeros_like(values)
        self.result = np.zeros_like(values)

    def set(self, name: str, value: Array) -> None:
        setattr(self, name, np.where(self.on, value, getattr(self, name)))

    def run(self, steps: list[Callable[[State], None]]) -> None:
        for step in steps:
            step(self)


@pytest.mark.parametrize("seed", range(24))
def test_random_kernels(run: Run, seed: int) -> None:
    program = Program(seed)
    for n, group in ((1, (128, 1)), (2, (70, 1)), (1, (8, 12)), (0, (33, 1)), (3, (32, 2)), (2, (5, 1))):
        threads = group[0] * group[1]
        values = np.random.default_rng(seed).integers(-(2**31), 2**31, (6, threads), dtype=np.int32)
        state = State(values, n, width=3)
        with np.errstate(over="ignore"):
            state.run(program.model)
            left = state.x + state.y + state.a[0] + state.a[3]
        expected = np.where(state.on, left, state.result)
        out = run(
            program.source(),
            np.zeros_like(values),
            values,
            np.array([n], np.int32),
            grid=(3 * group[0], 2 * group[1]),
            group=group,
            threadgroup_bytes=[-(-4 * threads // 16) * 16],
        )[0]
        np.testing.assert_array_equal(out, expected, err_msg=program.source())


def test_simdgroups_with_nothing_to_do(run: Run) -> None:
    source = """kernel void k(device int *out, uint l [[thread_index_in_threadgroup]],
                              uint simdgroup [[simdgroup_index_in_threadgroup]]) {
      threadgroup int shared[256];
      shared[l] = l;
      for (uint half_size = 128; half_size > 0; half_size /= 2) {
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (simdgroup * 32 < half_size && l < half_size) shared[l] += shared[l + half_size];
      }
      threadgroup_barrier(mem_flags::mem_threadgroup);
      out[l] = shared[0]; }"""
    (out,) = run(source, np.zeros(256, np.int32), grid=(256,), group=(256,))
    assert out.tolist() == [255 * 128] * 256


def test_values_stay_those_of_their_round(run: Run) -> None:
    """A value that all simdgroups share must not be seen by one after another has computed the next."""
    source = """kernel void k(device int *out, constant int &n, uint l [[thread_index_in_threadgroup]]) {
      threadgroup int shared[128];
      int sum = 0, power = 1;
      for (int i = 0; i < n; i++) {
        shared[l] = power + l;
        threadgroup_barrier(mem_flags::mem_threadgroup);
        power *= 2;
        sum += shared[127 - l] + power;
        threadgroup_barrier(mem_flags::mem_threadgroup);
      }
      out[l] = sum; }"""
    out = run(source, np.zeros(128, np.int32), np.array([6], np.int32), grid=(128,), group=(128,))[0]
    lanes = np.arange(128)
    expected = sum((1 << i) + 127 - lanes + (2 << i) for i in range(6))
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("group", [32, 96, 100, 256])
@pytest.mark.parametrize("stride", ["n", "n + 1"])
def test_reads_with_large_strides(run: Run, group: int, stride: str) -> None:
    """Each thread reads one value of several stretches, which follow each other or not, and may end early."""
    source = f"""kernel void k(device int *out, device const int *in, constant int &length,
                              uint g [[threadgroup_position_in_grid]], uint l [[thread_index_in_threadgroup]],
                              uint n [[threads_per_threadgroup]]) {{
      int sum = 0;
      for (uint i = 0; i < 4; i++) {{
        uint place = g * 4 * n + i * ({stride}) + l;
        if (int(place) < length) sum += in[place] * int(i + 1);
      }}
      out[g * n + l] = sum; }}"""
    length = 4 * 3 * group - 50
    values = np.random.default_rng(group).integers(-1000, 1000, length, dtype=np.int32)
    out = run(
        source, np.zeros(3 * group, np.int32), values, np.array([length], np.int32), grid=(3 * group,), group=(group,)
    )[0]
    step = group + (stride != "n")
    place = np.arange(3)[:, None, None] * 4 * group + np.arange(4)[:, None] * step + np.arange(group)
    padded = np.concatenate([values, np.zeros(100, np.int32)])
    expected = (padded[np.minimum(place, length)] * np.arange(1, 5)[:, None]).sum(axis=1)
    np.testing.assert_array_equal(out, expected.ravel())


@pytest.mark.parametrize("group", [32, 64, 100])
def test_writes_with_large_strides(run: Run, group: int) -> None:
    source = """kernel void k(device int *out, uint g [[threadgroup_position_in_grid]],
                              uint l [[thread_index_in_threadgroup]], uint n [[threads_per_threadgroup]]) {
      for (uint i = 0; i < 4; i++) out[(g * 4 + i) * n + l] = g * 1000 + i * 100 + l; }"""
    (out,) = run(source, np.zeros((3, 4, group), np.int32), grid=(3 * group,), group=(group,))
    expected = np.arange(3)[:, None, None] * 1000 + np.arange(4)[:, None] * 100 + np.arange(group)
    np.testing.assert_array_equal(out, expected)
