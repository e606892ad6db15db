"""A matrix of 4-bit numbers times a vector, as language models use it: 32 weights share a half-precision scale.

A block holds the scale and 16 bytes; byte i has weight i in its low half and weight i + 16 in its high half, each
with 8 added. A simdgroup makes one element of the product.
"""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

METAL = """
#include <metal_stdlib>
using namespace metal;

struct Block {
    half scale;
    uchar weights[16];
};

kernel void matvec_q4(device const Block *matrix [[buffer(0)]],
                      device const float *vector [[buffer(1)]],
                      device float *product [[buffer(2)]],
                      constant uint &columns [[buffer(3)]],
                      uint group [[threadgroup_position_in_grid]],
                      uint lane [[thread_index_in_simdgroup]],
                      uint simdgroup [[simdgroup_index_in_threadgroup]]) {
    const uint row = group * 4 + simdgroup, blocks = columns / 32;
    float sum = 0.0f;
    // Two lanes share a block, eight bytes each.
    for (uint b = lane / 2; b < blocks; b += 16) {
        device const Block &block = matrix[row * blocks + b];
        const uint first = lane % 2 * 8;
        device const float *values = vector + b * 32 + first;
        float part = 0.0f;
        for (uint i = 0; i < 8; i++) {
            const uchar pair = block.weights[first + i];
            part += (int(pair & 15) - 8) * values[i] + (int(pair >> 4) - 8) * values[i + 16];
        }
        sum += part * block.scale;
    }
    sum = simd_sum(sum);
    if (lane == 0) product[row] = sum;
}
"""

OPENCL = """
kernel void matvec_q4(global const uchar *matrix, global const float *vector, global float *product, uint columns) {
    local float sums[128];
    uint index = get_local_id(0), lane = index % 32;
    uint row = get_group_id(0) * 4 + index / 32, blocks = columns / 32;
    float sum = 0.0f;
    for (uint b = lane / 2; b < blocks; b += 16) {
        global const uchar *block = matrix + (row * blocks + b) * 18;
        uint first = lane % 2 * 8;
        global const float *values = vector + b * 32 + first;
        float part = 0.0f;
        for (uint i = 0; i < 8; i++) {
            uchar pair = block[2 + first + i];
            part += ((int)(pair & 15) - 8) * values[i] + ((int)(pair >> 4) - 8) * values[i + 16];
        }
        sum += part * vload_half(0, (global const half *)block);
    }
    sums[index] = sum;
    for (uint half_size = 16; half_size > 0; half_size /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < half_size) sums[index] += sums[index + half_size];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (lane == 0) product[row] = sums[index];
}
"""

CPP = """
extern "C" void matvec_q4(const unsigned char *__restrict matrix, const float *__restrict vector,
                          float *__restrict product, unsigned columns, unsigned rows) {
    const long blocks = columns / 32;
    #pragma omp parallel for
    for (long row = 0; row < rows; row++) {
        float sums[16] = {};
        for (long b = 0; b < blocks; b++) {
            const unsigned char *block = matrix + (row * blocks + b) * 18;
            const float *values = vector + b * 32;
            _Float16 half;
            __builtin_memcpy(&half, block, 2);
            const float scale = half;
            #pragma omp simd
            for (long i = 0; i < 16; i++) {
                const int pair = block[2 + i];
                sums[i] += scale * (((pair & 15) - 8) * values[i] + ((pair >> 4) - 8) * values[i + 16]);
            }
        }
        float sum = 0.0f;
        for (long i = 0; i < 16; i++) sum += sums[i];
        product[row] = sum;
    }
}
"""


def problem(n: int) -> Problem:
    rng = np.random.default_rng(13)
    blocks = n * n // 32
    scales = rng.uniform(0.001, 0.01, blocks).astype(np.float16)
    pairs = rng.integers(0, 256, (blocks, 16), dtype=np.uint8)
    matrix = np.concatenate([scales.view(np.uint8).reshape(blocks, 2), pairs], axis=1)
    vector = rng.standard_normal(n, dtype=np.float32)

    def expected() -> dict[str, Array]:
        weights = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float64) - 8
        dense = (weights * scales.astype(np.float64)[:, None]).reshape(n, n)
        return {"product": dense @ vector.astype(np.float64)}

    return Problem(
        buffers={"matrix": matrix, "vector": vector, "product": np.zeros(n, np.float32)},
        command_buffers=[
            [Dispatch("matvec_q4", ("matrix", "vector", "product", np.uint32(n)), (n // 4 * 128,), (128,))]
        ],
        arguments=("matrix", "vector", "product", np.uint32(n), np.uint32(n)),
        checked=["product"],
        expected=expected,
        tolerance=Tolerance(relative=1e-4, absolute=1e-4),
        work=n * n / 1e9,
    )


ROWS = [
    Row(
        name="matvec_q4",
        title="matrix x vector, 4-bit blocks",
        unit="Gweights/s",
        sizes={"tiny": 256, "small": 512, "full": 4096},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        arithmetic=True,
        remark=(
            "A thread reads eight neighbouring values and weights, so a third of the instructions transpose what 32"
            " threads have loaded; code for one thread has none of them."
        ),
    )
]
