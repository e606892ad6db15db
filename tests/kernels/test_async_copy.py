"""Copies that a simdgroup makes together, under the names that programs declare them by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Run = Callable[..., list[Any]]

# The declaration as programs write it, since Apple's headers no longer have it.
DECLARED = """
struct _simdgroup_event_t;
thread _simdgroup_event_t *own_copy(ulong, ulong, threadgroup void *, const device void *, ulong)
    __asm("air.simdgroup_async_copy_1d.p3i8.p1i8");
thread _simdgroup_event_t *own_copy_2d(ulong, ulong, threadgroup void *, ulong, ulong, ulong2, const device void *,
    ulong, ulong, ulong2, long2, int) __asm("air.simdgroup_async_copy_2d.p3i8.p1i8");
void own_wait(int, thread _simdgroup_event_t **) __asm("air.wait_simdgroup_events");
"""


@pytest.mark.parametrize("count", [1, 31, 100, 1000])
def test_there_and_back(run: Run, count: int) -> None:
    source = f"""#include <metal_simdgroup_event>
    kernel void k(device float *out, device float *in) {{
      threadgroup float tile[{count}];
      simdgroup_event event;
      event.async_copy(tile, in, {count});
      simdgroup_event::wait(1, &event);
      event.async_copy(out, tile, {count});
      simdgroup_event::wait(1, &event);
    }}"""
    values = np.random.default_rng(3).standard_normal(count).astype(np.float32)
    out, _ = run(source, np.zeros(count + 1, np.float32), values, grid=[32], group=[32])
    assert np.array_equal(out[:count], values) and out[count] == 0


@pytest.mark.parametrize("mode", [0, 1])
def test_tiles_beyond_the_source(run: Run, mode: int) -> None:
    """A 5 x 6 tile of a source of which 3 x 4 are there: zeros beyond, or its edge."""
    source = f"""{DECLARED}
    kernel void k(device half *out, device half *in, uint lane [[thread_index_in_simdgroup]]) {{
      threadgroup half tile[6 * 8];
      for (uint i = lane; i < 48; i += 32) tile[i] = -1;
      threadgroup_barrier(mem_flags::mem_threadgroup);
      thread _simdgroup_event_t *event =
          own_copy_2d(sizeof(half), alignof(half), tile, 8, 1, ulong2(5, 6), in, 10, 1, ulong2(3, 4), long2(0), {mode});
      own_wait(1, &event);
      for (uint i = lane; i < 48; i += 32) out[i] = tile[i];
    }}"""
    values = np.arange(1, 81, dtype=np.float16).reshape(8, 10)
    out, _ = run(source, np.zeros((6, 8), np.float16), values, grid=[32], group=[32])
    expected = np.full((6, 8), -1.0)
    inside = values[:4, :3]
    expected[:6, :5] = np.pad(inside, ((0, 2), (0, 2)), mode="edge" if mode else "constant")
    assert np.array_equal(out, expected)


def test_only_the_lanes_that_are_there_copy(run: Run) -> None:
    source = f"""{DECLARED}
    kernel void k(device int *out, device int *in, uint lane [[thread_index_in_simdgroup]]) {{
      threadgroup int tile[64];
      if (lane < 7) {{
        thread _simdgroup_event_t *event = own_copy(4, 4, tile, in, 64);
        own_wait(1, &event);
        if (lane == 0) for (int i = 0; i < 64; ++i) out[i] = tile[i];
      }}
    }}"""
    out, _ = run(source, np.zeros(64, np.int32), np.arange(64, dtype=np.int32), grid=[20], group=[20])
    assert np.array_equal(out, np.arange(64))


def test_kernels_without_copies_hold_none(make_pipeline: Callable[..., pm.ComputePipelineState]) -> None:
    pipeline = make_pipeline("kernel void k(device int *x) { x[0] = 1; }")
    assert pipeline.static_threadgroup_memory_length == 0


def test_simd_types_are_those_of_metal(run: Run) -> None:
    source = """#include <simd/simd.h>
    struct Uniforms { matrix_float4x4 transform; vector_float3 origin; simd::float2 scale; simd_packed_float2 packed; };
    static_assert(sizeof(Uniforms) == 96, "");
    static_assert(metal::is_same_v<simd_half4, half4> && metal::is_same_v<simd::uint3, uint3>, "");
    kernel void k(device float *out, constant Uniforms &u [[buffer(1)]]) {
      float4 moved = u.transform * float4(u.origin, 1);
      out[0] = moved.x + u.scale.y + u.packed[0];
    }"""
    uniforms = np.zeros(24, np.float32)
    uniforms[[0, 5, 10, 15]] = 2
    uniforms[16:19] = [1, 2, 3]
    uniforms[21], uniforms[22] = 5, 7
    out, _ = run(source, np.zeros(1, np.float32), uniforms, grid=[1], group=[1])
    assert out[0] == 2 + 5 + 7
