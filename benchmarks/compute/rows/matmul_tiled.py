"""A matrix product with tiles of 32 x 32 in threadgroup memory, and two barriers a tile."""

from __future__ import annotations

from benchmarks.compute.matrices import multiply, square_product
from benchmarks.compute.row import Problem, Row

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void matmul_tiled(device const float *a [[buffer(0)]],
                         device const float *b [[buffer(1)]],
                         device float *c [[buffer(2)]],
                         constant uint &n [[buffer(3)]],
                         uint2 position [[thread_position_in_grid]],
                         uint2 local [[thread_position_in_threadgroup]]) {
    threadgroup float a_tile[32][32];
    threadgroup float b_tile[32][32];
    float sum = 0.0f;
    for (uint start = 0; start < n; start += 32) {
        a_tile[local.y][local.x] = a[position.y * n + start + local.x];
        b_tile[local.y][local.x] = b[(start + local.y) * n + position.x];
        threadgroup_barrier(mem_flags::mem_threadgroup);
        for (uint k = 0; k < 32; k++) {
            sum += a_tile[local.y][k] * b_tile[k][local.x];
        }
        threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    c[position.y * n + position.x] = sum;
}
"""

OPENCL = """
kernel void matmul_tiled(global const float *a, global const float *b, global float *c, uint n) {
    local float a_tile[32][32];
    local float b_tile[32][32];
    uint x = get_global_id(0), y = get_global_id(1), lx = get_local_id(0), ly = get_local_id(1);
    float sum = 0.0f;
    for (uint start = 0; start < n; start += 32) {
        a_tile[ly][lx] = a[y * n + start + lx];
        b_tile[ly][lx] = b[(start + ly) * n + x];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < 32; k++) sum += a_tile[ly][k] * b_tile[k][lx];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    c[y * n + x] = sum;
}
"""

CPP = """
extern "C" void matmul_tiled(const float *__restrict a, const float *__restrict b, float *__restrict c, unsigned n) {
    #pragma omp parallel for collapse(2)
    for (long row = 0; row < n; row += 32) {
        for (long column = 0; column < n; column += 32) {
            float sum[32][32] = {};
            alignas(64) float a_tile[32][32], b_tile[32][32];
            for (long start = 0; start < n; start += 32) {
                for (long k = 0; k < 32; k++) {
                    for (long x = 0; x < 32; x++) a_tile[k][x] = a[(row + k) * n + start + x];
                    for (long x = 0; x < 32; x++) b_tile[k][x] = b[(start + k) * n + column + x];
                }
                for (long y = 0; y < 32; y += 4) {
                    float part[4][32];
                    for (long i = 0; i < 4; i++)
                        for (long x = 0; x < 32; x++) part[i][x] = sum[y + i][x];
                    for (long k = 0; k < 32; k++) {
                        for (long i = 0; i < 4; i++) {
                            const float left = a_tile[y + i][k];
                            #pragma omp simd
                            for (long x = 0; x < 32; x++) part[i][x] += left * b_tile[k][x];
                        }
                    }
                    for (long i = 0; i < 4; i++)
                        for (long x = 0; x < 32; x++) sum[y + i][x] = part[i][x];
                }
            }
            for (long y = 0; y < 32; y++)
                for (long x = 0; x < 32; x++) c[(row + y) * n + column + x] = sum[y][x];
        }
    }
}
"""


def problem(n: int) -> Problem:
    return square_product("matmul_tiled", n, grid=(n, n), threadgroup=(32, 32))


ROWS = [
    Row(
        name="matmul_tiled",
        title="matrix product, 32x32 tiles",
        unit="GF/s",
        sizes={"tiny": 64, "small": 128, "full": 1024},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=multiply,
        barriers=True,
        arithmetic=True,
    )
]
