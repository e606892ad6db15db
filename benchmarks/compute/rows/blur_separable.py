"""A Gaussian blur of 9 x 9 pixels as two passes, along rows and then along columns, over a padded image."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

RADIUS = 4

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void blur_rows(device const float *image [[buffer(0)]],
                      device float *lines [[buffer(1)]],
                      constant float *weights [[buffer(2)]],
                      constant uint &width [[buffer(3)]],
                      uint2 position [[thread_position_in_grid]]) {
    device const float *first = image + position.y * (width + 8) + position.x;
    float sum = 0.0f;
    for (uint i = 0; i < 9; i++) sum += weights[i] * first[i];
    lines[position.y * width + position.x] = sum;
}

kernel void blur_columns(device const float *lines [[buffer(0)]],
                         device float *blurred [[buffer(1)]],
                         constant float *weights [[buffer(2)]],
                         constant uint &width [[buffer(3)]],
                         uint2 position [[thread_position_in_grid]]) {
    device const float *first = lines + position.y * width + position.x;
    float sum = 0.0f;
    for (uint i = 0; i < 9; i++) sum += weights[i] * first[i * width];
    blurred[position.y * width + position.x] = sum;
}
"""

OPENCL = """
kernel void blur_rows(global const float *image, global float *lines, constant float *weights, uint width) {
    uint x = get_global_id(0), y = get_global_id(1);
    global const float *first = image + y * (width + 8) + x;
    float sum = 0.0f;
    for (uint i = 0; i < 9; i++) sum += weights[i] * first[i];
    lines[y * width + x] = sum;
}

kernel void blur_columns(global const float *lines, global float *blurred, constant float *weights, uint width) {
    uint x = get_global_id(0), y = get_global_id(1);
    global const float *first = lines + y * width + x;
    float sum = 0.0f;
    for (uint i = 0; i < 9; i++) sum += weights[i] * first[i * width];
    blurred[y * width + x] = sum;
}
"""

CPP = """
extern "C" void blur_separable(const float *__restrict image, float *__restrict lines, float *__restrict blurred,
                               const float *__restrict weights, unsigned width) {
    #pragma omp parallel for
    for (long y = 0; y < width + 8; y++) {
        const float *source = image + y * (width + 8);
        #pragma omp simd
        for (long x = 0; x < width; x++) {
            float sum = 0.0f;
            for (long i = 0; i < 9; i++) sum += weights[i] * source[x + i];
            lines[y * width + x] = sum;
        }
    }
    #pragma omp parallel for
    for (long y = 0; y < width; y++) {
        const float *source = lines + y * width;
        #pragma omp simd
        for (long x = 0; x < width; x++) {
            float sum = 0.0f;
            for (long i = 0; i < 9; i++) sum += weights[i] * source[i * width + x];
            blurred[y * width + x] = sum;
        }
    }
}
"""


def problem(n: int) -> Problem:
    image = np.random.default_rng(7).random((n + 2 * RADIUS, n + 2 * RADIUS), dtype=np.float32)
    bell = np.exp(-(np.arange(-RADIUS, RADIUS + 1) ** 2) / 8.0)
    weights = (bell / bell.sum()).astype(np.float32)

    def expected() -> dict[str, Array]:
        exact = image.astype(np.float64)
        lines = sum(w * exact[:, i : i + n] for i, w in enumerate(weights.astype(np.float64)))
        return {"blurred": np.asarray(sum(w * lines[i : i + n] for i, w in enumerate(weights.astype(np.float64))))}

    return Problem(
        buffers={
            "image": image,
            "lines": np.zeros((n + 2 * RADIUS, n), np.float32),
            "blurred": np.zeros((n, n), np.float32),
            "weights": weights,
        },
        command_buffers=[
            [
                Dispatch("blur_rows", ("image", "lines", "weights", np.uint32(n)), (n, n + 2 * RADIUS), (32, 8)),
                Dispatch("blur_columns", ("lines", "blurred", "weights", np.uint32(n)), (n, n), (32, 8)),
            ]
        ],
        arguments=("image", "lines", "blurred", "weights", np.uint32(n)),
        checked=["blurred"],
        expected=expected,
        tolerance=Tolerance(relative=1e-5),
        work=n * n / 1e9,
    )


def numpy(buffers: dict[str, Array]) -> None:
    from scipy.ndimage import correlate1d

    weights, n = buffers["weights"], len(buffers["blurred"])
    lines = correlate1d(buffers["image"], weights, axis=1)[:, RADIUS : RADIUS + n]
    buffers["blurred"][:] = correlate1d(lines, weights, axis=0)[RADIUS : RADIUS + n]


ROWS = [
    Row(
        name="blur_separable",
        title="blur, 9 + 9 separable",
        unit="Gpix/s",
        sizes={"tiny": 64, "small": 256, "full": 4096},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=numpy,
    )
]
