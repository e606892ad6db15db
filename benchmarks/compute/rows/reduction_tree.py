"""A sum by a tree in threadgroup memory, with a barrier a level."""

from __future__ import annotations

from benchmarks.compute.reductions import add_up, sum_in_passes
from benchmarks.compute.row import Problem, Row

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void reduction_tree(device const float *values [[buffer(0)]],
                           device float *sums [[buffer(1)]],
                           constant uint &count [[buffer(2)]],
                           uint group [[threadgroup_position_in_grid]],
                           uint index [[thread_position_in_threadgroup]]) {
    threadgroup float partial[256];
    float sum = 0.0f;
    for (uint i = 0; i < 4; i++) {
        const uint position = group * 1024 + i * 256 + index;
        if (position < count) sum += values[position];
    }
    partial[index] = sum;
    for (uint half_size = 128; half_size > 0; half_size /= 2) {
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (index < half_size) partial[index] += partial[index + half_size];
    }
    if (index == 0) sums[group] = partial[0];
}
"""

OPENCL = """
kernel void reduction_tree(global const float *values, global float *sums, uint count) {
    local float partial[256];
    uint group = get_group_id(0), index = get_local_id(0);
    float sum = 0.0f;
    for (uint i = 0; i < 4; i++) {
        uint position = group * 1024 + i * 256 + index;
        if (position < count) sum += values[position];
    }
    partial[index] = sum;
    for (uint half_size = 128; half_size > 0; half_size /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (index < half_size) partial[index] += partial[index + half_size];
    }
    if (index == 0) sums[group] = partial[0];
}
"""

CPP = """
extern "C" void reduction_tree(const float *values, float *result, unsigned count) {
    float sum = 0.0f;
    #pragma omp parallel for reduction(+ : sum)
    for (long start = 0; start < count; start += 65536) {
        const long end = start + 65536 < count ? start + 65536 : count;
        float part = 0.0f;
        #pragma omp simd reduction(+ : part)
        for (long i = start; i < end; i++) part += values[i];
        sum += part;
    }
    *result = sum;
}
"""


def problem(n: int) -> Problem:
    return sum_in_passes("reduction_tree", n)


ROWS = [
    Row(
        name="reduction_tree",
        title="sum, tree in threadgroup memory",
        unit="Gelem/s",
        sizes={"tiny": 3000, "small": 1 << 18, "full": 1 << 24},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=add_up,
        barriers=True,
        remark=(
            "A threadgroup adds in a tree of eight steps, each of which waits for the one before; a loop over all"
            " values only reads."
        ),
    )
]
