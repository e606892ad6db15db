"""A histogram of bytes: each threadgroup counts in its own memory, then adds its bins to the result."""

from __future__ import annotations

from benchmarks.compute.histograms import count_bytes, histogram
from benchmarks.compute.row import Problem, Row

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void histogram_threadgroup(device const uchar *bytes [[buffer(0)]],
                                  device atomic_uint *bins [[buffer(1)]],
                                  uint group [[threadgroup_position_in_grid]],
                                  uint index [[thread_position_in_threadgroup]]) {
    threadgroup atomic_uint own[256];
    atomic_store_explicit(&own[index], 0, memory_order_relaxed);
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint i = 0; i < 64; i++) {
        atomic_fetch_add_explicit(&own[bytes[group * 16384 + i * 256 + index]], 1, memory_order_relaxed);
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    atomic_fetch_add_explicit(&bins[index], atomic_load_explicit(&own[index], memory_order_relaxed),
                              memory_order_relaxed);
}
"""

OPENCL = """
kernel void histogram_threadgroup(global const uchar *bytes, volatile global uint *bins) {
    volatile local uint own[256];
    uint group = get_group_id(0), index = get_local_id(0);
    own[index] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = 0; i < 64; i++) atomic_inc(&own[bytes[group * 16384 + i * 256 + index]]);
    barrier(CLK_LOCAL_MEM_FENCE);
    atomic_add(&bins[index], own[index]);
}
"""

# Each thread has bins of its own; four sets of them, so that equal bytes in a row do not wait for each other.
CPP = """
extern "C" void histogram_threadgroup(const unsigned char *bytes, unsigned *bins, unsigned n) {
    #pragma omp parallel
    {
        unsigned own[4][256] = {};
        #pragma omp for
        for (long i = 0; i < n; i += 4) {
            own[0][bytes[i]]++;
            own[1][bytes[i + 1]]++;
            own[2][bytes[i + 2]]++;
            own[3][bytes[i + 3]]++;
        }
        #pragma omp critical
        for (long i = 0; i < 256; i++) bins[i] += own[0][i] + own[1][i] + own[2][i] + own[3][i];
    }
}
"""


def problem(n: int) -> Problem:
    return histogram("histogram_threadgroup", n, threads=n // 64)


ROWS = [
    Row(
        name="histogram_threadgroup",
        title="histogram, threadgroup atomics",
        unit="Gelem/s",
        sizes={"tiny": 16384, "small": 1 << 18, "full": 1 << 24},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=count_bytes,
        barriers=True,
        remark=(
            "Additions to one bin wait for each other, since a threadgroup has one set of bins; the C++ has four a"
            " thread."
        ),
    )
]
