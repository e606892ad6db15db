"""A sum with simd_sum: each simdgroup adds 128 neighbours, then one simdgroup adds those sums."""

from __future__ import annotations

from benchmarks.compute.reductions import add_up, sum_in_passes
from benchmarks.compute.row import Problem, Row

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void reduction_simd(device const float *values [[buffer(0)]],
                           device float *sums [[buffer(1)]],
                           constant uint &count [[buffer(2)]],
                           uint group [[threadgroup_position_in_grid]],
                           uint index [[thread_position_in_threadgroup]],
                           uint lane [[thread_index_in_simdgroup]],
                           uint simdgroup [[simdgroup_index_in_threadgroup]]) {
    threadgroup float partial[8];
    float sum = 0.0f;
    for (uint i = 0; i < 4; i++) {
        const uint position = group * 1024 + simdgroup * 128 + i * 32 + lane;
        if (position < count) sum += values[position];
    }
    sum = simd_sum(sum);
    if (lane == 0) partial[simdgroup] = sum;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (simdgroup == 0) {
        const float total = simd_sum(lane < 8 ? partial[lane] : 0.0f);
        if (lane == 0) sums[group] = total;
    }
}
"""

# A subgroup may be of any size, so its sums are kept by subgroup; without subgroups, the workgroup adds by itself.
OPENCL = """
#if defined(cl_khr_subgroups) || defined(__opencl_c_subgroups)
#pragma OPENCL EXTENSION cl_khr_subgroups : enable
#define SUBGROUPS 1
#endif
kernel void reduction_simd(global const float *values, global float *sums, uint count) {
    local float partial[256];
    uint group = get_group_id(0), index = get_local_id(0);
    float sum = 0.0f;
    for (uint i = 0; i < 4; i++) {
        uint position = group * 1024 + index / 32 * 128 + i * 32 + index % 32;
        if (position < count) sum += values[position];
    }
#ifdef SUBGROUPS
    sum = sub_group_reduce_add(sum);
    if (get_sub_group_local_id() == 0) partial[get_sub_group_id()] = sum;
    uint used = get_num_sub_groups();
#else
    partial[index] = sum;
    uint used = 256;
#endif
    barrier(CLK_LOCAL_MEM_FENCE);
    if (index == 0) {
        float total = 0.0f;
        for (uint i = 0; i < used; i++) total += partial[i];
        sums[group] = total;
    }
}
"""

CPP = """
extern "C" void reduction_simd(const float *values, float *result, unsigned count) {
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
    return sum_in_passes("reduction_simd", n)


ROWS = [
    Row(
        name="reduction_simd",
        title="sum, simd_sum",
        unit="Gelem/s",
        sizes={"tiny": 3000, "small": 1 << 18, "full": 1 << 24},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=add_up,
        barriers=True,
    )
]
