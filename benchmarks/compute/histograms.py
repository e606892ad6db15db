"""The problem that the histograms share."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Tolerance


def histogram(kernel: str, n: int, threads: int) -> Problem:
    """Counts how often each of the 256 bytes occurs among n, which are distributed as in a photograph: unevenly."""
    rng = np.random.default_rng(9)
    values = np.clip(rng.normal(110, 45, n), 0, 255).astype(np.uint8)
    return Problem(
        buffers={"bytes": values, "bins": np.zeros(256, np.uint32)},
        command_buffers=[[Dispatch(kernel, ("bytes", "bins"), (threads,), (256,))]],
        arguments=("bytes", "bins", np.uint32(n)),
        checked=["bins"],
        expected=lambda: {"bins": np.bincount(values, minlength=256)},
        tolerance=Tolerance(),
        work=n / 1e9,
        restore=("bins",),
    )


def count_bytes(buffers: dict[str, Array]) -> None:
    """What NumPy does."""
    buffers["bins"] += np.bincount(buffers["bytes"], minlength=256).astype(np.uint32)
