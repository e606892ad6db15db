"""Softmax of the rows of a matrix: a threadgroup for each row, two reductions over it."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

COLUMNS = 1024

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void softmax(device const float *values [[buffer(0)]],
                    device float *result [[buffer(1)]],
                    uint row [[threadgroup_position_in_grid]],
                    uint index [[thread_position_in_threadgroup]],
                    uint lane [[thread_index_in_simdgroup]],
                    uint simdgroup [[simdgroup_index_in_threadgroup]]) {
    threadgroup float shared[8];
    device const float *line = values + row * 1024;
    float own[4];
    float largest = -INFINITY;
    for (uint i = 0; i < 4; i++) {
        own[i] = line[i * 256 + index];
        largest = max(largest, own[i]);
    }
    largest = simd_max(largest);
    if (lane == 0) shared[simdgroup] = largest;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint i = 0; i < 8; i++) largest = max(largest, shared[i]);
    threadgroup_barrier(mem_flags::mem_threadgroup);

    float sum = 0.0f;
    for (uint i = 0; i < 4; i++) sum += own[i] = exp(own[i] - largest);
    sum = simd_sum(sum);
    if (lane == 0) shared[simdgroup] = sum;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    sum = 0.0f;
    for (uint i = 0; i < 8; i++) sum += shared[i];
    for (uint i = 0; i < 4; i++) result[row * 1024 + i * 256 + index] = own[i] / sum;
}
"""

OPENCL = """
kernel void softmax(global const float *values, global float *result) {
    local float shared[256];
    uint row = get_group_id(0), index = get_local_id(0);
    global const float *line = values + row * 1024;
    float own[4];
    float largest = -FLT_MAX;
    for (uint i = 0; i < 4; i++) {
        own[i] = line[i * 256 + index];
        largest = fmax(largest, own[i]);
    }
    shared[index] = largest;
    for (uint half_size = 128; half_size > 0; half_size /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (index < half_size) shared[index] = fmax(shared[index], shared[index + half_size]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    largest = shared[0];
    barrier(CLK_LOCAL_MEM_FENCE);

    float sum = 0.0f;
    for (uint i = 0; i < 4; i++) sum += own[i] = exp(own[i] - largest);
    shared[index] = sum;
    for (uint half_size = 128; half_size > 0; half_size /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (index < half_size) shared[index] += shared[index + half_size];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    sum = shared[0];
    for (uint i = 0; i < 4; i++) result[row * 1024 + i * 256 + index] = own[i] / sum;
}
"""

CPP = """
#include <cmath>
extern "C" void softmax(const float *__restrict values, float *__restrict result, unsigned rows) {
    #pragma omp parallel for
    for (long row = 0; row < rows; row++) {
        const float *line = values + row * 1024;
        float *out = result + row * 1024;
        float largest = line[0], sum = 0.0f;
        #pragma omp simd reduction(max : largest)
        for (long i = 0; i < 1024; i++) largest = line[i] > largest ? line[i] : largest;
        #pragma omp simd reduction(+ : sum)
        for (long i = 0; i < 1024; i++) sum += out[i] = std::exp(line[i] - largest);
        const float scale = 1.0f / sum;
        #pragma omp simd
        for (long i = 0; i < 1024; i++) out[i] *= scale;
    }
}
"""


def softmax(values: Array) -> Array:
    powers: Array = np.exp(values - values.max(axis=1, keepdims=True))
    powers /= powers.sum(axis=1, keepdims=True)
    return powers


def problem(rows: int) -> Problem:
    values = 4 * np.random.default_rng(12).standard_normal((rows, COLUMNS), dtype=np.float32)
    return Problem(
        buffers={"values": values, "result": np.zeros((rows, COLUMNS), np.float32)},
        command_buffers=[[Dispatch("softmax", ("values", "result"), (rows * 256,), (256,))]],
        arguments=("values", "result", np.uint32(rows)),
        checked=["result"],
        expected=lambda: {"result": softmax(values.astype(np.float64))},
        tolerance=Tolerance(relative=2e-5),
        work=rows * COLUMNS / 1e9,
    )


def numpy(buffers: dict[str, Array]) -> None:
    buffers["result"][:] = softmax(buffers["values"])


ROWS = [
    Row(
        name="softmax",
        title="softmax, rows of 1024",
        unit="Gelem/s",
        sizes={"tiny": 4, "small": 128, "full": 8192},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=numpy,
        barriers=True,
    )
]
