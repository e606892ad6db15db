"""Kernels whose threads know only their position in the grid: every shape of grid and threadgroup gives the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Run = Callable[..., list[Any]]

STENCIL = """kernel void k(device const int *image, device int *out, constant uint3 &pitch,
    uint3 p [[thread_position_in_grid]], uint3 size [[threads_per_grid]]) {
  device const int *at = image + (p.z * pitch.y + p.y) * pitch.x + p.x;
  int sum = 0;
  for (uint y = 0; y < 3; y++) sum += at[y * pitch.x] * 3 + at[y * pitch.x + 1] * 5 + at[y * pitch.x + 2] * 7;
  out[(p.z * size.y + p.y) * size.x + p.x] = sum;
}"""


@pytest.mark.parametrize("grid", [(1, 1, 1), (31, 3, 2), (32, 5, 3), (33, 2, 1), (100, 7, 2), (4097, 1, 1), (9000, 3, 1),
                                  (64, 300, 4), (1, 4097, 1), (12345, 40, 1)])  # fmt: skip
@pytest.mark.parametrize("group", [(1, 1, 1), (32, 8, 1), (16, 16, 1), (7, 5, 3), (256, 1, 1), (1, 64, 4)])
def test_stencils(run: Run, grid: tuple[int, int, int], group: tuple[int, int, int]) -> None:
    width, height, depth = grid
    if group == (1, 1, 1) and width * height * depth > 10000:
        group = (3, 1, 1)
    image = np.random.default_rng(3).integers(-1000, 1000, (depth, height + 2, width + 2), dtype=np.int32)
    pitch = np.array([width + 2, height + 2, 0, 0], np.uint32)
    out = run(STENCIL, image, np.zeros((depth, height, width), np.int32), pitch, grid=list(grid), group=list(group))[1]
    lines = image[:, :, :-2] * 3 + image[:, :, 1:-1] * 5 + image[:, :, 2:] * 7
    assert np.array_equal(out, lines[:, :-2] + lines[:, 1:-1] + lines[:, 2:])


@pytest.mark.parametrize("count", [5, 255, 4096, 1 << 20])
def test_guards_and_several_values_a_thread(run: Run, count: int) -> None:
    source = """kernel void k(device const float4 *x, device float4 *out, constant uint &n,
        uint i [[thread_position_in_grid]]) {
      if (i >= n) return;
      out[i] = x[i].wzyx + float4(i & 3);
    }"""
    x = np.random.default_rng(4).random((count, 4), dtype=np.float32)
    threads = count + 77
    out = run(source, x, np.zeros((threads, 4), np.float32), np.array([count], np.uint32), grid=[threads],
              group=[64])[1]  # fmt: skip
    expected = x[:, ::-1] + (np.arange(count) & 3).astype(np.float32)[:, None]
    assert np.array_equal(out[:count], expected) and not out[count:].any()


@pytest.mark.parametrize("offset", [0, 3])
@pytest.mark.parametrize("body", ["if (i < n) out[i] = i * 3;", "t[l] = i * 3; BARRIER; out[i] = i < n ? t[l] : 0;"])
def test_results_beyond_what_caches_hold(queue: pm.CommandQueue, executor: str, body: str, offset: int) -> None:
    if executor == "checked":
        pytest.skip("it takes seconds for as many threads, and has no such stores")
    count = (9 << 20) + 5
    source = f"""#include <metal_stdlib>
    using namespace metal;
    #define BARRIER threadgroup_barrier(mem_flags::mem_threadgroup)
    kernel void k(device int *out, constant uint &n, threadgroup int *t, uint i [[thread_position_in_grid]],
                  uint l [[thread_index_in_threadgroup]]) {{ {body} }}"""
    device = queue.device
    pipeline = device.new_compute_pipeline_state(device.new_library_with_source(source).new_function("k"))
    out = device.new_buffer(4 * (count + 40))
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(out, 4 * offset, 0)
    encoder.set_bytes(np.uint32(count), 1)
    encoder.set_threadgroup_memory_length(1024, 0)
    encoder.dispatch_threads(count + 40 - offset, 1, 1, 256, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    values = np.frombuffer(out.contents(), np.int32)
    assert np.array_equal(values[offset : offset + count], np.arange(count, dtype=np.int32) * 3)
    assert not values[:offset].any() and not values[offset + count :].any()


def test_columns_are_still_tiles(run: Run) -> None:
    """A transposition does not go along rows."""
    source = """kernel void k(device const int *x, device int *out, uint2 p [[thread_position_in_grid]],
        uint2 size [[threads_per_grid]]) { out[p.x * size.y + p.y] = x[p.y * size.x + p.x]; }"""
    x = np.arange(96 * 200, dtype=np.int32).reshape(200, 96)
    out = run(source, x, np.zeros((96, 200), np.int32), grid=[96, 200], group=[32, 8])[1]
    assert np.array_equal(out, x.T)


def test_constants_beside_stores(run: Run) -> None:
    source = """struct Settings { uint count; int table[40]; };
    kernel void k(device int *out, constant Settings &settings, constant int *more,
                  uint i [[thread_position_in_grid]]) {
      for (uint j = 0; j < settings.count; j++) out[i * 40 + j] = settings.table[(i + j) % 40] + more[j];
    }"""
    table, more = np.arange(40, dtype=np.int32) * 7, np.arange(40, dtype=np.int32) ** 2
    settings = np.concatenate([np.array([40], np.int32), table])
    out = run(source, np.zeros((100, 40), np.int32), settings, more, grid=[100], group=[32])[0]
    thread, place = np.arange(100)[:, None], np.arange(40)[None]
    assert np.array_equal(out, table[(thread + place) % 40] + more[place])
