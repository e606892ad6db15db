"""Steps between barriers in which only the first simdgroups have work, as those of a reduction in a tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Run = Callable[..., list[Any]]
Words = NDArray[np.uint32]

GROUPS = [(32,), (75,), (96,), (256,), (1024,), (32, 3), (64, 4), (33, 2), (64, 2, 2), (16, 16)]
# What a thread at p does in the step of h; in all of them, n is 3.
ADD = "a[t] = a[t] * 3 + a[t + h];"
STEPS = [
    f"if (p < h) {ADD}",
    f"if (int(p) < int(h)) {ADD}",
    f"if (p <= h - 1) {ADD}",
    f"if (p >= h) {{}} else {{ {ADD} last = step; }}",
    f"if (n == 3) {{ if (p < h) {ADD} }} else {{ if (p < 5) a[t] += 1; }}",
    f"if (step == 1) {{ if (p < h) {ADD} last += h; }}",
    f"if (p < h && n != 4) {ADD} last = h;",
    f"if (p / 32 == 0 && p < h) {ADD}",
    "if (p < h) { for (uint k = 0; k < n; k++) a[t] += a[t + h]; }",
]


def expected(body: str, values: Words, length: int) -> tuple[Words, Words]:
    """What `a` and `last` are at the end; positions go from 0 to `length` - 1, again and again."""
    a, p = values.copy(), np.arange(len(values)) % length
    last = np.full(len(values), 77, np.uint32)
    for step, h in enumerate(length >> np.arange(1, length.bit_length())):
        adds = p < (min(h, 32) if "p / 32" in body else h)
        if "step == 1" in body:
            adds &= step == 1
        own, other = (1, 3) if "k < n" in body else (3, 1)
        a[adds] = own * a[adds] + other * a[np.flatnonzero(adds) + h]
        if "last = step" in body:
            last[adds] = step
        elif "last = h" in body or ("last += h" in body and step == 1):
            last = h + (last if "+=" in body else 0) + np.zeros_like(last)
    return a, last


@pytest.mark.parametrize("group", GROUPS, ids=str)
@pytest.mark.parametrize("position", ["t", "x"])
@pytest.mark.parametrize("body", STEPS)
def test_steps(run: Run, group: tuple[int, ...], position: str, body: str) -> None:
    """Positions along x start again in each row; all threads know how far the steps went."""
    count = int(np.prod(group))
    source = f"""kernel void k(device const uint *values, device uint *out, constant uint &n, constant uint &length,
        uint t [[thread_index_in_threadgroup]], uint3 place [[thread_position_in_threadgroup]]) {{
      threadgroup uint a[1024];
      const uint p = {"t" if position == "t" else "place.x"};
      a[t] = values[t];
      uint total = 0, step = 0, last = 77;
      for (uint h = length / 2; h > 0; h /= 2) {{
        threadgroup_barrier(mem_flags::mem_threadgroup);
        {body}
        total += h;
        step++;
      }}
      threadgroup_barrier(mem_flags::mem_threadgroup);
      out[t] = a[t];
      out[t + {count}] = total;
      out[t + {2 * count}] = last;
      if (t == 0) out[{3 * count}] = step;
    }}"""
    length = count if position == "t" else group[0]
    values = np.random.default_rng(count).integers(0, 1000, count).astype(np.uint32)
    out = np.zeros(3 * count + 1, np.uint32)
    out = run(source, values, out, np.uint32(3), np.uint32(length), grid=group, group=group)[1]
    a, last = expected(body, values, length)
    assert np.array_equal(out[:count], a)
    assert (out[count : 2 * count] == sum(length >> np.arange(1, length.bit_length()))).all()
    assert np.array_equal(out[2 * count : -1], last)
    assert out[-1] == length.bit_length() - 1


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_constant_steps(run: Run, group: tuple[int, ...]) -> None:
    """Steps that the compiler knows, and one simdgroup that adds up what the others found."""
    count = int(np.prod(group))
    source = """kernel void k(device const uint *values, device uint *out, uint t [[thread_index_in_threadgroup]],
        uint3 place [[thread_position_in_threadgroup]], uint simdgroup [[simdgroup_index_in_threadgroup]],
        uint lane [[thread_index_in_simdgroup]], uint simdgroups [[simdgroups_per_threadgroup]]) {
      threadgroup uint a[2048], sums[32];
      a[t] = values[t];
      a[t + 1024] = 0;
      for (uint h = 512; h > 0; h >>= 1) {
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (t < h) a[t] += a[t + h];
      }
      const uint sum = simd_sum(values[t]);
      if (lane == 0) sums[simdgroup] = sum;
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if (simdgroup == 0) {
        const uint all = simd_sum(lane < simdgroups ? sums[lane] : 0);
        if (lane == 0) out[0] = all;
      }
      if (t == 0) out[1] = a[0];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if (place.x < 16) out[2 + t] = a[t];
    }"""
    values = np.random.default_rng(count).integers(0, 1000, count).astype(np.uint32)
    out = run(source, values, np.zeros(2 + count, np.uint32), grid=group, group=group)[1]
    assert out[0] == out[1] == values.sum()
    a = np.concatenate([values, np.zeros(1024 - count, np.uint32)])
    for h in 512 >> np.arange(10):
        a[:h] += a[h : 2 * h]
    place = np.arange(count) % group[0]
    assert np.array_equal(out[2:], np.where(place < 16, a[:count], 0))


@pytest.mark.parametrize("group", GROUPS, ids=str)
@pytest.mark.parametrize("who", ["t < h", "t >= h", "true"])
def test_traces_of_the_others(run: Run, group: tuple[int, ...], who: str) -> None:
    """Simdgroups that add nothing still count themselves, and say what they saw."""
    count = int(np.prod(group))
    source = f"""kernel void k(device const uint *values, device uint *out, uint t [[thread_index_in_threadgroup]]) {{
      threadgroup uint a[2048];
      threadgroup atomic_uint visits, seen;
      a[t] = values[t];
      a[t + 1024] = 0;
      if (t == 0) {{
        atomic_store_explicit(&visits, 0, memory_order_relaxed);
        atomic_store_explicit(&seen, 0, memory_order_relaxed);
      }}
      for (uint h = 512; h > 0; h >>= 1) {{
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (t < h) a[t] += a[t + h];
        if ({who}) {{
          atomic_fetch_add_explicit(&visits, 1, memory_order_relaxed);
          atomic_store_explicit(&seen, h, memory_order_relaxed);
        }}
      }}
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if (t == 0) {{
        out[0] = a[0];
        out[1] = atomic_load_explicit(&visits, memory_order_relaxed);
        out[2] = atomic_load_explicit(&seen, memory_order_relaxed);
      }}
    }}"""
    values = np.random.default_rng(count).integers(0, 1000, count).astype(np.uint32)
    out = run(source, values, np.zeros(3, np.uint32), grid=group, group=group)[1]
    steps, t = 512 >> np.arange(10), np.arange(count)
    takes_part = [{"t < h": t < h, "t >= h": t >= h, "true": t >= 0}[who] for h in steps]
    assert out[0] == values.sum()
    assert out[1] == np.sum(takes_part)
    assert out[2] == [h for h, some in zip(steps, takes_part) if some.any()][-1]


@pytest.mark.parametrize("group", GROUPS, ids=str)
@pytest.mark.parametrize(
    "place", ["int(t) - 2 * int(t % 32)", "int(t / 32 * 32) - int(t % 32) * 7", "int(t ^ 31)", "int(t / 32 & 30)"]
)
def test_lanes_that_run_backwards(run: Run, group: tuple[int, ...], place: str) -> None:
    """Lanes behind the first of a simdgroup may have work where that one has none."""
    count = int(np.prod(group))
    source = f"""kernel void k(device const int *values, device int *out, constant int &n,
        uint t [[thread_index_in_threadgroup]]) {{
      threadgroup int a[1024];
      a[t] = values[t];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if ({place} < 16) out[t] = a[t ^ 1];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if ({place} < n) out[t] += 1;
    }}"""
    values = np.random.default_rng(count).integers(1, 1000, count + 1).astype(np.int32)
    out = run(source, values, np.zeros(count, np.int32), np.int32(40), grid=group, group=group)[1]
    t = np.arange(count)
    places = {
        "int(t) - 2 * int(t % 32)": t - 2 * (t % 32),
        "int(t / 32 * 32) - int(t % 32) * 7": t // 32 * 32 - t % 32 * 7,
        "int(t ^ 31)": t ^ 31,
        "int(t / 32 & 30)": t // 32 & 30,
    }[place]
    known = (t ^ 1) < count
    expected = np.where(places < 16, values[np.minimum(t ^ 1, count)], 0) + (places < 40)
    assert np.array_equal(out[known], expected[known])
