"""saxpy: y = a x + y over floats, bound by memory."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void saxpy(device const float *x [[buffer(0)]],
                  device float *y [[buffer(1)]],
                  constant float &a [[buffer(2)]],
                  constant uint &n [[buffer(3)]],
                  uint i [[thread_position_in_grid]]) {
    y[i] = a * x[i] + y[i];
}
"""

OPENCL = """
kernel void saxpy(global const float *x, global float *y, float a, uint n) {
    size_t i = get_global_id(0);
    y[i] = a * x[i] + y[i];
}
"""

CPP = """
extern "C" void saxpy(const float *__restrict x, float *__restrict y, float a, unsigned n) {
    #pragma omp parallel for simd
    for (long i = 0; i < n; i++) y[i] = a * x[i] + y[i];
}
"""

A = np.float32(0.5)


def problem(n: int) -> Problem:
    rng = np.random.default_rng(1)
    x, y = rng.random(n, dtype=np.float32), rng.random(n, dtype=np.float32)
    arguments = ("x", "y", A, np.uint32(n))
    return Problem(
        buffers={"x": x, "y": y},
        command_buffers=[[Dispatch("saxpy", arguments, (n,), (256,))]],
        arguments=arguments,
        checked=["y"],
        expected=lambda: {"y": np.float64(A) * x.astype(np.float64) + y},
        tolerance=Tolerance(relative=1e-6),
        work=12 * n / 1e9,
    )


def numpy(buffers: dict[str, Array]) -> None:
    buffers["y"] += A * buffers["x"]


ROWS = [
    Row(
        name="saxpy",
        title="saxpy",
        unit="GB/s",
        sizes={"tiny": 2048, "small": 1 << 18, "full": 1 << 24},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=numpy,
        remark=(
            "All peers stream the same 12 bytes a value, as fast as the memory lets them: in C++, other orders of"
            " loads, lengths of chunks, offsets and prefetches take the same time or longer."
        ),
    )
]
