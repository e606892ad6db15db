"""The problem that the matrix products share."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Tolerance


def square_product(
    kernel: str,
    n: int,
    grid: tuple[int, ...],
    threadgroup: tuple[int, ...],
) -> Problem:
    """c = a b for n x n floats."""
    rng = np.random.default_rng(3)
    a = rng.standard_normal((n, n), dtype=np.float32)
    b = rng.standard_normal((n, n), dtype=np.float32)
    arguments = ("a", "b", "c", np.uint32(n))
    return Problem(
        buffers={"a": a, "b": b, "c": np.zeros((n, n), np.float32)},
        command_buffers=[[Dispatch(kernel, arguments, grid, threadgroup)]],
        arguments=arguments,
        checked=["c"],
        expected=lambda: {"c": a.astype(np.float64) @ b.astype(np.float64)},
        # The error of a sum of n products grows with its square root.
        tolerance=Tolerance(absolute=2e-6 * n**0.5 * 8),
        work=2 * n**3 / 1e9,
    )


def multiply(buffers: dict[str, Array]) -> None:
    """What NumPy does: BLAS."""
    np.matmul(buffers["a"], buffers["b"], out=buffers["c"])
