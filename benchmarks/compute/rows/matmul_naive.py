"""A matrix product with one thread for each element and no shared memory."""

from __future__ import annotations

from benchmarks.compute.matrices import multiply, square_product
from benchmarks.compute.row import Problem, Row

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void matmul_naive(device const float *a [[buffer(0)]],
                         device const float *b [[buffer(1)]],
                         device float *c [[buffer(2)]],
                         constant uint &n [[buffer(3)]],
                         uint2 position [[thread_position_in_grid]]) {
    float sum = 0.0f;
    for (uint k = 0; k < n; k++) {
        sum += a[position.y * n + k] * b[k * n + position.x];
    }
    c[position.y * n + position.x] = sum;
}
"""

OPENCL = """
kernel void matmul_naive(global const float *a, global const float *b, global float *c, uint n) {
    uint x = get_global_id(0), y = get_global_id(1);
    float sum = 0.0f;
    for (uint k = 0; k < n; k++) sum += a[y * n + k] * b[k * n + x];
    c[y * n + x] = sum;
}
"""

# The order of loops that a C++ programmer would choose: the innermost runs along rows of b and c.
CPP = """
extern "C" void matmul_naive(const float *__restrict a, const float *__restrict b, float *__restrict c, unsigned n) {
    #pragma omp parallel for
    for (long y = 0; y < n; y++) {
        for (long x = 0; x < n; x++) c[y * n + x] = 0.0f;
        for (long k = 0; k < n; k++) {
            const float left = a[y * n + k];
            #pragma omp simd
            for (long x = 0; x < n; x++) c[y * n + x] += left * b[k * n + x];
        }
    }
}
"""


def problem(n: int) -> Problem:
    return square_product("matmul_naive", n, grid=(n, n), threadgroup=(32, 8))


ROWS = [
    Row(
        name="matmul_naive",
        title="matrix product, naive",
        unit="GF/s",
        sizes={"tiny": 64, "small": 128, "full": 1024},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=multiply,
        arithmetic=True,
    )
]
