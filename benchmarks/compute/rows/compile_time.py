"""From source that was never seen before to the first result: a small kernel, and one of middle size."""

from __future__ import annotations

from benchmarks.compute.row import Row
from benchmarks.compute.rows import ray_spheres, saxpy


def salted(source: str, literal: str, number: str) -> str:
    """Makes a number in the source depend on SALT, by little enough for the tolerance of its result."""
    if literal not in source:
        raise ValueError(f"The source has no such literal ({literal}).")
    return source.replace(literal, literal.replace(number, f"({number} + SALT * 1e-7f)"))


def row(base: Row, title: str, literal: str, number: str) -> Row:
    return Row(
        name=f"compile_{base.name}",
        title=title,
        unit="ms",
        sizes=dict.fromkeys(("tiny", "small", "full"), base.sizes["tiny"]),
        problem=base.problem,
        metal=salted(base.metal, literal, number),
        opencl=salted(base.opencl, literal, number),
        cpp=salted(base.cpp, literal, number),
        kind="compile",
    )


ROWS = [
    row(saxpy.ROWS[0], "small kernel (saxpy)", "a * x[i]", "a"),
    row(ray_spheres.ROWS[0], "kernel of middle size (ray tracer)", "(0.1f + 0.9f", "0.1f"),
]
