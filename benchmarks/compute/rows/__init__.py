"""The rows of the table, in its order: one file each, or one for a few rows that share their kernel."""

from __future__ import annotations

import importlib

from benchmarks.compute.row import Row

_MODULES = (
    "saxpy",
    "triad",
    "matmul_naive",
    "matmul_tiled",
    "matmul_simdgroup",
    "reduction_tree",
    "reduction_simd",
    "prefix_sum",
    "blur_3x3",
    "blur_separable",
    "mandelbrot",
    "n_body",
    "histogram_threadgroup",
    "histogram_device",
    "bitonic_sort",
    "black_scholes",
    "softmax",
    "matvec_q4",
    "ray_spheres",
    "latency",
    "compile_time",
)


def all_rows() -> dict[str, Row]:
    """Every row by its name."""
    rows: list[Row] = []
    for name in _MODULES:
        rows += importlib.import_module(f"{__name__}.{name}").ROWS
    return {row.name: row for row in rows}
