"""A blur of 3 x 3 pixels over an image with a border of one pixel, so that no coordinate needs to be clamped."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void blur_3x3(device const float *image [[buffer(0)]],
                     device float *blurred [[buffer(1)]],
                     constant uint &width [[buffer(2)]],
                     uint2 position [[thread_position_in_grid]]) {
    const uint pitch = width + 2;
    device const float *corner = image + position.y * pitch + position.x;
    float sum = 0.0f;
    for (uint y = 0; y < 3; y++) {
        const float line = corner[y * pitch] + 2 * corner[y * pitch + 1] + corner[y * pitch + 2];
        sum += y == 1 ? 2 * line : line;
    }
    blurred[position.y * width + position.x] = sum / 16;
}
"""

OPENCL = """
kernel void blur_3x3(global const float *image, global float *blurred, uint width) {
    uint px = get_global_id(0), py = get_global_id(1), pitch = width + 2;
    global const float *corner = image + py * pitch + px;
    float sum = 0.0f;
    for (uint y = 0; y < 3; y++) {
        float line = corner[y * pitch] + 2 * corner[y * pitch + 1] + corner[y * pitch + 2];
        sum += y == 1 ? 2 * line : line;
    }
    blurred[py * width + px] = sum / 16;
}
"""

CPP = """
extern "C" void blur_3x3(const float *__restrict image, float *__restrict blurred, unsigned width) {
    const long pitch = width + 2;
    #pragma omp parallel for
    for (long y = 0; y < width; y++) {
        const float *a = image + y * pitch, *b = a + pitch, *c = b + pitch;
        #pragma omp simd
        for (long x = 0; x < width; x++)
            blurred[y * width + x] = (a[x] + 2 * a[x + 1] + a[x + 2] + 2 * (b[x] + 2 * b[x + 1] + b[x + 2]) +
                                      c[x] + 2 * c[x + 1] + c[x + 2]) / 16;
    }
}
"""


def problem(n: int) -> Problem:
    image = np.random.default_rng(6).random((n + 2, n + 2), dtype=np.float32)
    arguments = ("image", "blurred", np.uint32(n))

    def expected() -> dict[str, Array]:
        exact = image.astype(np.float64)
        lines = exact[:, :-2] + 2 * exact[:, 1:-1] + exact[:, 2:]
        return {"blurred": (lines[:-2] + 2 * lines[1:-1] + lines[2:]) / 16}

    return Problem(
        buffers={"image": image, "blurred": np.zeros((n, n), np.float32)},
        command_buffers=[[Dispatch("blur_3x3", arguments, (n, n), (32, 8))]],
        arguments=arguments,
        checked=["blurred"],
        expected=expected,
        tolerance=Tolerance(relative=1e-5),
        work=n * n / 1e9,
    )


def numpy(buffers: dict[str, Array]) -> None:
    image = buffers["image"]
    lines = image[:, :-2] + 2 * image[:, 1:-1] + image[:, 2:]
    np.multiply(lines[:-2] + 2 * lines[1:-1] + lines[2:], np.float32(1 / 16), out=buffers["blurred"])


ROWS = [
    Row(
        name="blur_3x3",
        title="blur, 3x3",
        unit="Gpix/s",
        sizes={"tiny": 64, "small": 512, "full": 4096},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=numpy,
    )
]
