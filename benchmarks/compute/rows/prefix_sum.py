"""An inclusive prefix sum in one pass, by decoupled look-back: each threadgroup adds what those before it published.

A word of `status` holds a sum in its low 30 bits, and above them what it is: 1 for the threadgroup's own sum, 2 for the
sum of everything up to its end.
"""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

METAL = """
#include <metal_stdlib>
using namespace metal;

constant constexpr uint kOwn = 1u << 30;
constant constexpr uint kUpToHere = 2u << 30;
constant constexpr uint kSum = kOwn - 1;

kernel void prefix_sum(device const uint4 *values [[buffer(0)]],
                       device uint4 *sums [[buffer(1)]],
                       device atomic_uint *status [[buffer(2)]],
                       device atomic_uint *ticket [[buffer(3)]],
                       uint index [[thread_position_in_threadgroup]],
                       uint lane [[thread_index_in_simdgroup]],
                       uint simdgroup [[simdgroup_index_in_threadgroup]]) {
    threadgroup uint simdgroup_sums[8];
    threadgroup uint group_shared, before_shared;
    if (index == 0) group_shared = atomic_fetch_add_explicit(ticket, 1, memory_order_relaxed);
    threadgroup_barrier(mem_flags::mem_threadgroup);
    const uint group = group_shared;

    uint4 own = values[group * 256 + index];
    own.y += own.x;
    own.z += own.y;
    own.w += own.z;
    uint up_to_here = simd_prefix_inclusive_sum(own.w);
    if (lane == 31) simdgroup_sums[simdgroup] = up_to_here;
    threadgroup_barrier(mem_flags::mem_threadgroup);

    uint earlier = 0, total = 0;
    for (uint i = 0; i < 8; i++) {
        if (i < simdgroup) earlier += simdgroup_sums[i];
        total += simdgroup_sums[i];
    }
    if (index == 0) {
        uint before = 0;
        if (group > 0) {
            atomic_store_explicit(&status[group], kOwn | total, memory_order_relaxed);
            uint previous = group - 1;
            while (true) {
                const uint word = atomic_load_explicit(&status[previous], memory_order_relaxed);
                if (word == 0) continue;
                before += word & kSum;
                if (word & kUpToHere) break;
                previous--;
            }
        }
        atomic_store_explicit(&status[group], kUpToHere | (before + total), memory_order_relaxed);
        before_shared = before;
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    sums[group * 256 + index] = own + (before_shared + earlier + up_to_here - own.w);
}
"""

# Without subgroups, the workgroup scans by doubling the distance.
OPENCL = """
#define OWN (1u << 30)
#define UP_TO_HERE (2u << 30)
#define SUM (OWN - 1)

kernel void prefix_sum(global const uint4 *values, global uint4 *sums, volatile global uint *status,
                       volatile global uint *ticket) {
    local uint scan[2][256];
    local uint group_shared, before_shared;
    uint index = get_local_id(0);
    if (index == 0) group_shared = atomic_add(ticket, 1);
    barrier(CLK_LOCAL_MEM_FENCE);
    uint group = group_shared;

    uint4 own = values[group * 256 + index];
    own.y += own.x;
    own.z += own.y;
    own.w += own.z;
    scan[0][index] = own.w;
    uint from = 0;
    for (uint distance = 1; distance < 256; distance *= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        uint value = scan[from][index];
        if (index >= distance) value += scan[from][index - distance];
        scan[1 - from][index] = value;
        from = 1 - from;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    uint up_to_here = scan[from][index];

    if (index == 0) {
        uint total = scan[from][255], before = 0;
        if (group > 0) {
            atomic_xchg(&status[group], OWN | total);
            uint previous = group - 1;
            while (true) {
                uint word = atomic_or(&status[previous], 0);
                if (word == 0) continue;
                before += word & SUM;
                if (word & UP_TO_HERE) break;
                previous--;
            }
        }
        atomic_xchg(&status[group], UP_TO_HERE | (before + total));
        before_shared = before;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    sums[group * 256 + index] = own + (before_shared + up_to_here - own.w);
}
"""

CPP = """
#ifdef _OPENMP
#include <omp.h>
#endif
extern "C" void prefix_sum(const unsigned *values, unsigned *sums, unsigned n) {
    unsigned totals[257] = {};
    #pragma omp parallel num_threads(omp_get_max_threads() < 256 ? omp_get_max_threads() : 256)
    {
#ifdef _OPENMP
        const long thread = omp_get_thread_num(), threads = omp_get_num_threads();
#else
        const long thread = 0, threads = 1;
#endif
        const long begin = static_cast<long>(n) * thread / threads;
        const long end = static_cast<long>(n) * (thread + 1) / threads;
        unsigned total = 0;
        if (thread + 1 < threads)
            for (long i = begin; i < end; i++) total += values[i];
        totals[thread + 1] = total;
        #pragma omp barrier
        unsigned sum = 0;
        for (long i = 0; i <= thread; i++) sum += totals[i];
        for (long i = begin; i < end; i++) sums[i] = sum += values[i];
    }
}
"""


def problem(n: int) -> Problem:
    # At most 63 each, so that the sum of 2^24 of them stays below 2^30.
    values = np.random.default_rng(5).integers(0, 64, n, dtype=np.uint32)
    groups = n // 1024
    dispatch = Dispatch("prefix_sum", ("values", "sums", "status", "ticket"), (groups * 256,), (256,))
    return Problem(
        buffers={
            "values": values,
            "sums": np.zeros(n, np.uint32),
            "status": np.zeros(groups, np.uint32),
            "ticket": np.zeros(1, np.uint32),
        },
        command_buffers=[[dispatch]],
        arguments=("values", "sums", np.uint32(n)),
        checked=["sums"],
        expected=lambda: {"sums": np.cumsum(values, dtype=np.uint32)},
        tolerance=Tolerance(),
        work=n / 1e9,
        restore=("status", "ticket"),
    )


def numpy(buffers: dict[str, Array]) -> None:
    np.cumsum(buffers["values"], out=buffers["sums"])


ROWS = [
    Row(
        name="prefix_sum",
        title="prefix sum, decoupled look-back",
        unit="Gelem/s",
        sizes={"tiny": 8192, "small": 1 << 18, "full": 1 << 24},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=numpy,
        barriers=True,
        remark=(
            "Threadgroups take the next kilobytes by a ticket, so that both cores read and write pages side by side;"
            " each core of the C++ has a half of its own."
        ),
    )
]
