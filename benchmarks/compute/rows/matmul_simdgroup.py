"""A matrix product with simdgroup_matrix: each simdgroup makes 32 x 32 elements as 4 x 4 matrices of 8 x 8.

OpenCL has no such type; its kernel keeps the same tile in registers, 4 x 8 elements for each of 32 threads.
"""

from __future__ import annotations

from benchmarks.compute.matrices import multiply, square_product
from benchmarks.compute.row import Problem, Row

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void matmul_simdgroup(device const float *a [[buffer(0)]],
                             device const float *b [[buffer(1)]],
                             device float *c [[buffer(2)]],
                             constant uint &n [[buffer(3)]],
                             uint2 group [[threadgroup_position_in_grid]]) {
    const ulong row = group.y * 32, column = group.x * 32;
    simdgroup_float8x8 sum[4][4];
    for (uint i = 0; i < 4; i++)
        for (uint j = 0; j < 4; j++) sum[i][j] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);
    for (ulong k = 0; k < n; k += 8) {
        simdgroup_float8x8 left[4], right[4];
        for (uint i = 0; i < 4; i++) simdgroup_load(left[i], a, n, ulong2(k, row + 8 * i));
        for (uint j = 0; j < 4; j++) simdgroup_load(right[j], b, n, ulong2(column + 8 * j, k));
        for (uint i = 0; i < 4; i++)
            for (uint j = 0; j < 4; j++) simdgroup_multiply_accumulate(sum[i][j], left[i], right[j], sum[i][j]);
    }
    for (uint i = 0; i < 4; i++)
        for (uint j = 0; j < 4; j++) simdgroup_store(sum[i][j], c, n, ulong2(column + 8 * j, row + 8 * i));
}
"""

OPENCL = """
kernel void matmul_simdgroup(global const float *a, global const float *b, global float *c, uint n) {
    uint thread = get_local_id(0);
    uint row = get_group_id(1) * 32 + thread / 4 * 4, column = get_group_id(0) * 32 + thread % 4 * 8;
    float8 sum[4] = {0, 0, 0, 0};
    for (uint k = 0; k < n; k++) {
        float8 right = vload8(0, b + k * n + column);
        for (uint i = 0; i < 4; i++) sum[i] += a[(row + i) * n + k] * right;
    }
    for (uint i = 0; i < 4; i++) vstore8(sum[i], 0, c + (row + i) * n + column);
}
"""

CPP = """
extern "C" void matmul_simdgroup(const float *__restrict a, const float *__restrict b, float *__restrict c,
                                 unsigned n) {
    #pragma omp parallel for
    for (long column = 0; column < n; column += 32) {
        for (long row = 0; row < n; row += 4) {
            float sum[4][32] = {};
            for (long k = 0; k < n; k++) {
                for (long i = 0; i < 4; i++) {
                    const float left = a[(row + i) * n + k];
                    #pragma omp simd
                    for (long j = 0; j < 32; j++) sum[i][j] += left * b[k * n + column + j];
                }
            }
            for (long i = 0; i < 4; i++)
                for (long j = 0; j < 32; j++) c[(row + i) * n + column + j] = sum[i][j];
        }
    }
}
"""


def problem(n: int) -> Problem:
    grid = (n // 32 * 32, n // 32)
    return square_product("matmul_simdgroup", n, grid=grid, threadgroup=(32, 1))


ROWS = [
    Row(
        name="matmul_simdgroup",
        title="matrix product, simdgroup_matrix",
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
