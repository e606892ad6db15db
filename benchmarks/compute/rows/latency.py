"""What little work costs: one threadgroup of 32 threads, alone, a hundred times in a command buffer, and in a hundred.

benchmarks/latency.cpp measures the same through the C++ API.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void increment(device uint *values [[buffer(0)]], uint i [[thread_position_in_grid]]) { values[i] += 1; }
"""

OPENCL = """
kernel void increment(global uint *values) { values[get_global_id(0)] += 1; }
"""

THREADS = 32


def shape(buffers: int, dispatches: int) -> Callable[[int], Problem]:
    """`buffers` command buffers, committed one after the other, of `dispatches` each; the last is waited for."""

    def problem(times: int) -> Problem:
        dispatch = Dispatch("increment", ("values",), (THREADS,), (THREADS,))
        count = min(times, buffers), min(times, dispatches)
        total = count[0] * count[1]
        return Problem(
            buffers={"values": np.zeros(THREADS, np.uint32)},
            command_buffers=[[dispatch] * count[1]] * count[0],
            arguments=("values",),
            checked=["values"],
            expected=lambda: {"values": np.full(THREADS, total)},
            tolerance=Tolerance(),
            work=total / 1e6,
        )

    return problem


def numpy(buffers: dict[str, Array]) -> None:
    buffers["values"] += 1


def row(name: str, title: str, buffers: int, dispatches: int) -> Row:
    return Row(
        name=name,
        title=title,
        unit="us",
        sizes={"tiny": 3, "small": 100, "full": 100},
        problem=shape(buffers, dispatches),
        metal=METAL,
        opencl=OPENCL,
        numpy=numpy if buffers == dispatches == 1 else None,
        kind="latency",
    )


ROWS = [
    row("latency_single", "one dispatch, encoded, committed and waited for", 1, 1),
    row("latency_dispatches", "one of 100 dispatches in a command buffer", 1, 100),
    row("latency_buffers", "one of 100 command buffers, the last waited for", 100, 1),
]
