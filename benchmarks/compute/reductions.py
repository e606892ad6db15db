"""The problem that the sums share: passes of one kernel until a single value is left."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Tolerance

THREADS = 256
# Values that a threadgroup adds in one pass: four a thread.
SPAN = 4 * THREADS


def sum_in_passes(kernel: str, n: int) -> Problem:
    """The sum of n floats; `kernel` turns count values into one for each threadgroup."""
    values = np.random.default_rng(4).random(n, dtype=np.float32)
    buffers = {"values": values, "result": np.zeros(1, np.float32)}
    passes: list[Dispatch] = []
    source, count = "values", n
    while source != "result":
        groups = -(-count // SPAN)
        target = "result" if groups == 1 else f"partial_{len(passes)}"
        if groups > 1:
            buffers[target] = np.zeros(groups, np.float32)
        passes.append(Dispatch(kernel, (source, target, np.uint32(count)), (groups * THREADS,), (THREADS,)))
        source, count = target, groups
    return Problem(
        buffers=buffers,
        command_buffers=[passes],
        arguments=("values", "result", np.uint32(n)),
        checked=["result"],
        expected=lambda: {"result": values.sum(dtype=np.float64, keepdims=True)},
        tolerance=Tolerance(relative=1e-5),
        work=n / 1e9,
    )


def add_up(buffers: dict[str, Array]) -> None:
    """What NumPy does."""
    buffers["result"][0] = buffers["values"].sum()
