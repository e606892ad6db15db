"""STREAM's triad: a = b + s c over floats, bound by memory."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void triad(device float *a [[buffer(0)]],
                  device const float *b [[buffer(1)]],
                  device const float *c [[buffer(2)]],
                  constant float &s [[buffer(3)]],
                  constant uint &n [[buffer(4)]],
                  uint i [[thread_position_in_grid]]) {
    a[i] = b[i] + s * c[i];
}
"""

OPENCL = """
kernel void triad(global float *a, global const float *b, global const float *c, float s, uint n) {
    size_t i = get_global_id(0);
    a[i] = b[i] + s * c[i];
}
"""

CPP = """
extern "C" void triad(float *__restrict a, const float *__restrict b, const float *__restrict c, float s, unsigned n) {
    #pragma omp parallel for simd
    for (long i = 0; i < n; i++) a[i] = b[i] + s * c[i];
}
"""

S = np.float32(3)


def problem(n: int) -> Problem:
    rng = np.random.default_rng(2)
    b, c = rng.random(n, dtype=np.float32), rng.random(n, dtype=np.float32)
    arguments = ("a", "b", "c", S, np.uint32(n))
    return Problem(
        buffers={"a": np.zeros(n, np.float32), "b": b, "c": c},
        command_buffers=[[Dispatch("triad", arguments, (n,), (256,))]],
        arguments=arguments,
        checked=["a"],
        expected=lambda: {"a": b + np.float64(S) * c.astype(np.float64)},
        tolerance=Tolerance(relative=1e-6),
        work=12 * n / 1e9,
    )


def numpy(buffers: dict[str, Array]) -> None:
    np.multiply(buffers["c"], S, out=buffers["a"])
    buffers["a"] += buffers["b"]


ROWS = [
    Row(
        name="triad",
        title="triad",
        unit="GB/s",
        sizes={"tiny": 2048, "small": 1 << 18, "full": 1 << 24},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=numpy,
    )
]
