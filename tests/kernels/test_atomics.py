"""Atomic operations of every type, in device and in threadgroup memory, with many threads at one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Array = np.ndarray[Any, Any]
Run = Callable[..., list[Array]]

THREADS, GROUP = 40_000, 200
ORDER = "memory_order_relaxed"
DTYPES: dict[str, Any] = {"int": np.int32, "uint": np.uint32, "ulong": np.uint64, "float": np.float32, "bool": np.uint8}


def kernel(space: str, kind: str, start: str, body: str, extra: str = "") -> str:
    """A kernel whose `object` is one object for all threads, or one for each threadgroup that then goes to `out`."""
    if space == "device":
        return (
            f"""kernel void k(device atomic_{kind} *object, {extra} uint i [[thread_position_in_grid]]) {{ {body} }}"""
        )
    return f"""kernel void k(device {kind} *out, {extra} uint i [[thread_position_in_grid]],
                              uint l [[thread_index_in_threadgroup]], uint g [[threadgroup_position_in_grid]]) {{
      threadgroup atomic_{kind} shared[1]; threadgroup atomic_{kind} *object = shared;
      if (l == 0) atomic_store_explicit(object, {kind}({start}), {ORDER});
      threadgroup_barrier(mem_flags::mem_threadgroup);
      {body}
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if (l == 0) out[g] = atomic_load_explicit(object, {ORDER}); }}"""


def finals(space: str, kind: str, start: float) -> Array:
    return np.full(1 if space == "device" else THREADS // GROUP, start, DTYPES[kind])


@pytest.mark.parametrize("space", ["device", "threadgroup"])
@pytest.mark.parametrize("kind", ["int", "uint", "ulong"])
def test_every_addition_is_seen_once(run: Run, kind: str, space: str) -> None:
    """What fetch_add returns numbers the threads; fetch_sub takes all of it back but one each."""
    body = f"""
      uint place = uint(atomic_fetch_add_explicit(object, {kind}(3), {ORDER})) / 3;
      place %= {THREADS};
      atomic_fetch_add_explicit(&seen[place], 1, {ORDER});
      {"atomic_fetch_sub_explicit(object, " + kind + "(2), " + ORDER + ");" if space == "threadgroup" else ""}"""
    if space == "threadgroup":  # all add before the first takes away
        body = body.replace("atomic_fetch_sub", "threadgroup_barrier(mem_flags::mem_threadgroup); atomic_fetch_sub")
    source = kernel(space, kind, "0", body, "device atomic_uint *seen,")
    out, seen = run(source, finals(space, kind, 0), np.zeros(THREADS, np.uint32), grid=(THREADS,), group=(GROUP,))
    if space == "device":
        assert out.tolist() == [3 * THREADS]
        assert (seen == 1).all()
    else:
        assert (out == GROUP).all()
        assert (seen[:GROUP] == THREADS // GROUP).all() and not seen[GROUP:].any()


@pytest.mark.parametrize("space", ["device", "threadgroup"])
def test_float_sums_are_complete(run: Run, space: str) -> None:
    body = f"""atomic_fetch_add_explicit(object, 1.5f, {ORDER}); atomic_fetch_sub_explicit(object, 0.5f, {ORDER});"""
    (out,) = run(kernel(space, "float", "0", body), finals(space, "float", 0), grid=(THREADS,), group=(GROUP,))
    assert (out == (THREADS if space == "device" else GROUP)).all()


@pytest.mark.parametrize("space", ["device", "threadgroup"])
@pytest.mark.parametrize("kind", ["int", "uint", "ulong", "float"])
def test_exchange_loses_nothing(run: Run, kind: str, space: str) -> None:
    """Each value that a thread puts in comes out once, but for the last."""
    body = f"out_of[i] = atomic_exchange_explicit(object, {kind}(i + 1), {ORDER});"
    source = kernel(space, kind, "0", body, f"device {kind} *out_of,")
    left, taken = run(source, finals(space, kind, 0), np.zeros(THREADS, DTYPES[kind]), grid=(THREADS,), group=(GROUP,))
    values = np.concatenate([taken, left]).astype(np.int64)
    expected = np.concatenate([np.arange(1, THREADS + 1), np.zeros(left.size, np.int64)])
    np.testing.assert_array_equal(np.sort(values), np.sort(expected))


@pytest.mark.parametrize("space", ["device", "threadgroup"])
@pytest.mark.parametrize("kind", ["int", "uint", "ulong", "float"])
def test_compare_exchange_counts(run: Run, kind: str, space: str) -> None:
    body = f"""{kind} expected = atomic_load_explicit(object, {ORDER});
      while (!atomic_compare_exchange_weak_explicit(object, &expected, expected + 2, {ORDER}, {ORDER})) {{}}"""
    (out,) = run(kernel(space, kind, "0", body), finals(space, kind, 0), grid=(THREADS,), group=(GROUP,))
    assert (out == 2 * (THREADS if space == "device" else GROUP)).all()


def test_compare_exchange_looks_at_bits(run: Run) -> None:
    """0.0 and -0.0 are different, and a NaN is itself."""
    source = f"""kernel void k(device atomic_float *object, device int *out) {{
      float expected = -0.0f;
      out[0] = atomic_compare_exchange_weak_explicit(object, &expected, 1.0f, {ORDER}, {ORDER});
      out[1] = !signbit(expected);
      atomic_store_explicit(object, NAN, {ORDER});
      expected = atomic_load_explicit(object, {ORDER});
      out[2] = 0;
      for (int n = 0; n < 100 && !out[2]; ++n)
        out[2] = atomic_compare_exchange_weak_explicit(object, &expected, 1.0f, {ORDER}, {ORDER}); }}"""
    value, out = run(source, np.zeros(1, np.float32), np.full(3, 7, np.int32), grid=(1,), group=(1,))
    assert out.tolist() == [0, 1, 1]
    assert value.tolist() == [1.0]


@pytest.mark.parametrize("space", ["device", "threadgroup"])
def test_one_thread_is_first(run: Run, space: str) -> None:
    body = f"""if (!atomic_exchange_explicit(object, true, {ORDER})) atomic_fetch_add_explicit(winners, 1, {ORDER});
      bool expected = true;
      while (!atomic_compare_exchange_weak_explicit(object, &expected, true, {ORDER}, {ORDER})) expected = true;"""
    source = kernel(space, "bool", "false", body, "device atomic_uint *winners,")
    out, winners = run(source, finals(space, "bool", 0), np.zeros(1, np.uint32), grid=(THREADS,), group=(GROUP,))
    assert (out == 1).all()
    assert winners[0] == out.size


@pytest.mark.parametrize("space", ["device", "threadgroup"])
@pytest.mark.parametrize("kind", ["int", "uint", "ulong"])
@pytest.mark.parametrize("name", ["min", "max", "and", "or", "xor"])
def test_orders_and_bits(run: Run, name: str, kind: str, space: str) -> None:
    dtype = DTYPES[kind]
    info = np.iinfo(dtype)
    values = np.random.default_rng(18).integers(info.min, info.max, THREADS, dtype=dtype)
    start = {"min": info.max, "max": info.min, "and": -1 if kind == "int" else info.max}.get(name, 0)
    void = kind == "ulong" and name in ("min", "max")  # Metal's own spelling for 64 bits
    function = f"atomic_{name}_explicit" if void else f"atomic_fetch_{name}_explicit"
    source = kernel(
        space,
        kind,
        f"{start & (2**info.bits - 1)}ul",
        f"{function}(object, in[i], {ORDER});",
        f"device const {kind} *in,",
    )
    out = run(source, finals(space, kind, start), values, grid=(THREADS,), group=(GROUP,))[0]
    reduce = {"min": np.minimum, "max": np.maximum, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}
    parts = values.reshape(1, -1) if space == "device" else values.reshape(-1, GROUP)
    np.testing.assert_array_equal(out, reduce[name].reduce(parts, axis=1))


@pytest.mark.parametrize("scope", ["thread_scope_device", ""])
def test_fences_publish(run: Run, scope: str) -> None:
    """Each threadgroup adds to what the one before it left behind a flag, and hands it on."""
    argument = f", {scope}" if scope else ""
    source = f"""kernel void k(device atomic_uint *flags, device uint *sums, device const uint *in,
                               uint l [[thread_index_in_threadgroup]], uint g [[threadgroup_position_in_grid]]) {{
      threadgroup uint before;
      if (l == 0) {{
        before = 0;
        if (g > 0) {{
          while (atomic_load_explicit(&flags[g - 1], {ORDER}) == 0) {{}}
          atomic_thread_fence(mem_flags::mem_device, memory_order_acquire{argument});
          before = sums[g - 1];
        }}
        sums[g] = before + in[g];
        atomic_thread_fence(mem_flags::mem_device, memory_order_release{argument});
        atomic_store_explicit(&flags[g], 1, {ORDER});
      }} }}"""
    values = np.random.default_rng(19).integers(0, 1000, 2000, dtype=np.uint32)
    _, sums, _ = run(source, np.zeros(2000, np.uint32), np.zeros(2000, np.uint32), values, grid=(2000 * 8,), group=(8,))
    np.testing.assert_array_equal(sums, np.cumsum(values))
