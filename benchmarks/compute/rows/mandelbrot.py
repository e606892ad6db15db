"""The Mandelbrot set: loops that end at a different time in each lane."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

LIMIT = 256

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void mandelbrot(device uint *counts [[buffer(0)]],
                       constant uint &n [[buffer(1)]],
                       uint2 position [[thread_position_in_grid]]) {
    const float2 c = float2(position) * (3.0f / n) - float2(2.25f, 1.5f);
    float2 z = 0.0f;
    uint count = 0;
    while (count < 256 && z.x * z.x + z.y * z.y <= 4.0f) {
        z = float2(z.x * z.x - z.y * z.y + c.x, 2 * z.x * z.y + c.y);
        count++;
    }
    counts[position.y * n + position.x] = count;
}
"""

OPENCL = """
kernel void mandelbrot(global uint *counts, uint n) {
    uint px = get_global_id(0), py = get_global_id(1);
    float cx = px * (3.0f / n) - 2.25f, cy = py * (3.0f / n) - 1.5f;
    float x = 0.0f, y = 0.0f;
    uint count = 0;
    while (count < 256 && x * x + y * y <= 4.0f) {
        float next = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = next;
        count++;
    }
    counts[py * n + px] = count;
}
"""

# 16 pixels at a time until the last has escaped: what it takes to make GCC use vectors here.
CPP = """
extern "C" void mandelbrot(unsigned *counts, unsigned n) {
    #pragma omp parallel for schedule(dynamic, 4)
    for (unsigned py = 0; py < n; py++) {
        const float cy = py * (3.0f / n) - 1.5f;
#ifdef SCALAR
        for (unsigned px = 0; px < n; px++) {
            const float cx = px * (3.0f / n) - 2.25f;
            float x = 0.0f, y = 0.0f;
            unsigned count = 0;
            while (count < 256 && x * x + y * y <= 4.0f) {
                const float next = x * x - y * y + cx;
                y = 2 * x * y + cy;
                x = next;
                count++;
            }
            counts[py * n + px] = count;
        }
#else
        for (unsigned start = 0; start < n; start += 16) {
            float cx[16], x[16] = {}, y[16] = {};
            int count[16] = {};
            for (int i = 0; i < 16; i++) cx[i] = (start + i) * (3.0f / n) - 2.25f;
            for (int step = 0; step < 256; step++) {
                int inside = 0;
                #pragma omp simd reduction(| : inside)
                for (int i = 0; i < 16; i++) {
                    const int in = x[i] * x[i] + y[i] * y[i] <= 4.0f ? 1 : 0;
                    const float next = x[i] * x[i] - y[i] * y[i] + cx[i];
                    y[i] = in ? 2 * x[i] * y[i] + cy : y[i];
                    x[i] = in ? next : x[i];
                    count[i] += in;
                    inside |= in;
                }
                if (!inside) break;
            }
            for (int i = 0; i < 16; i++) counts[py * n + start + i] = count[i];
        }
#endif
    }
}
"""


def escape_counts(n: int) -> Array:
    """The counts in float64, from the same float32 positions."""
    axis = np.arange(n, dtype=np.float32) * (np.float32(3) / np.float32(n))
    c = (axis - np.float32(2.25)).astype(np.complex128)[None, :] + 1j * (axis - np.float32(1.5))[:, None]
    z, counts = np.zeros_like(c), np.zeros(c.shape, np.uint32)
    inside = np.arange(c.size)
    z, c, flat = z.ravel(), c.ravel(), counts.ravel()
    for _ in range(LIMIT):
        inside = inside[z[inside].real ** 2 + z[inside].imag ** 2 <= 4]
        flat[inside] += 1
        z[inside] = z[inside] ** 2 + c[inside]
    return counts


def problem(n: int) -> Problem:
    arguments = ("counts", np.uint32(n))
    return Problem(
        buffers={"counts": np.zeros((n, n), np.uint32)},
        command_buffers=[[Dispatch("mandelbrot", arguments, (n, n), (32, 8))]],
        arguments=arguments,
        checked=["counts"],
        expected=lambda: {"counts": escape_counts(n)},
        # Points beside the set take their time to escape, and a rounding decides when.
        tolerance=Tolerance(absolute=1, outliers=0.02),
        work=n * n / 1e6,
    )


def numpy(buffers: dict[str, Array]) -> None:
    n = len(buffers["counts"])
    buffers["counts"][:] = escape_counts(n)


ROWS = [
    Row(
        name="mandelbrot",
        title="Mandelbrot set, 256 steps",
        unit="Mpix/s",
        sizes={"tiny": 64, "small": 128, "full": 1024},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=numpy,
        arithmetic=True,
    )
]
