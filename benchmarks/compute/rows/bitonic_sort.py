"""A bitonic sort: distances below a threadgroup's span in its memory, longer ones by a dispatch each."""

from __future__ import annotations

import numpy as np

from benchmarks.compute.row import Array, Dispatch, Problem, Row, Tolerance

THREADS = 256
SPAN = 2 * THREADS

METAL = """
#include <metal_stdlib>
using namespace metal;

template <typename Memory>
static void order(Memory values, uint low, uint distance, bool ascending) {
    const uint a = values[low], b = values[low + distance];
    const bool swap = (a > b) == ascending;
    values[low] = swap ? b : a;
    values[low + distance] = swap ? a : b;
}

kernel void bitonic_step(device uint *values [[buffer(0)]],
                         constant uint &run [[buffer(1)]],
                         constant uint &distance [[buffer(2)]],
                         uint i [[thread_position_in_grid]]) {
    const uint low = 2 * i - (i & (distance - 1));
    order(values, low, distance, (low & run) == 0);
}

// All steps of the runs from first_run to last_run whose distance is below 512.
kernel void bitonic_span(device uint *values [[buffer(0)]],
                         constant uint &first_run [[buffer(1)]],
                         constant uint &last_run [[buffer(2)]],
                         uint group [[threadgroup_position_in_grid]],
                         uint index [[thread_position_in_threadgroup]]) {
    threadgroup uint span[512];
    const uint start = group * 512;
    span[index] = values[start + index];
    span[index + 256] = values[start + index + 256];
    for (uint run = first_run; run <= last_run; run *= 2) {
        for (uint distance = min(run / 2, 256u); distance > 0; distance /= 2) {
            threadgroup_barrier(mem_flags::mem_threadgroup);
            const uint low = 2 * index - (index & (distance - 1));
            order(span, low, distance, ((start + low) & run) == 0);
        }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    values[start + index] = span[index];
    values[start + index + 256] = span[index + 256];
}
"""

OPENCL = """
kernel void bitonic_step(global uint *values, uint run, uint distance) {
    uint i = get_global_id(0), low = 2 * i - (i & (distance - 1));
    uint a = values[low], b = values[low + distance];
    bool swap = (a > b) == ((low & run) == 0);
    values[low] = swap ? b : a;
    values[low + distance] = swap ? a : b;
}

kernel void bitonic_span(global uint *values, uint first_run, uint last_run) {
    local uint span[512];
    uint start = get_group_id(0) * 512, index = get_local_id(0);
    span[index] = values[start + index];
    span[index + 256] = values[start + index + 256];
    for (uint run = first_run; run <= last_run; run *= 2) {
        for (uint distance = min(run / 2, 256u); distance > 0; distance /= 2) {
            barrier(CLK_LOCAL_MEM_FENCE);
            uint low = 2 * index - (index & (distance - 1));
            uint a = span[low], b = span[low + distance];
            bool swap = (a > b) == (((start + low) & run) == 0);
            span[low] = swap ? b : a;
            span[low + distance] = swap ? a : b;
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    values[start + index] = span[index];
    values[start + index + 256] = span[index + 256];
}
"""

# The same network, with the distances that fit the nearest cache done span by span.
CPP = """
static inline void steps(unsigned *values, long begin, long end, long run, long distance) {
    for (long start = begin; start < end; start += 2 * distance) {
        unsigned *__restrict low = values + start, *__restrict high = values + start + distance;
        const bool ascending = (start & run) == 0;
        #pragma omp simd
        for (long i = 0; i < distance; i++) {
            const unsigned least = low[i] < high[i] ? low[i] : high[i], most = low[i] < high[i] ? high[i] : low[i];
            low[i] = ascending ? least : most;
            high[i] = ascending ? most : least;
        }
    }
}
extern "C" void bitonic_sort(unsigned *values, unsigned n) {
    const long span = n < 4096 ? n : 4096;
    #pragma omp parallel
    {
        #pragma omp for
        for (long begin = 0; begin < n; begin += span)
            for (long run = 2; run <= span; run *= 2)
                for (long distance = run / 2; distance > 0; distance /= 2)
                    steps(values, begin, begin + span, run, distance);
        for (long run = 2 * span; run <= n; run *= 2) {
            for (long distance = run / 2; distance >= span; distance /= 2) {
                #pragma omp for
                for (long chunk = 0; chunk < n / 2 / span; chunk++) {
                    const long i = chunk * span, low = 2 * i - (i & (distance - 1));
                    unsigned *__restrict a = values + low, *__restrict b = a + distance;
                    const bool ascending = (low & run) == 0;
                    #pragma omp simd
                    for (long k = 0; k < span; k++) {
                        const unsigned least = a[k] < b[k] ? a[k] : b[k], most = a[k] < b[k] ? b[k] : a[k];
                        a[k] = ascending ? least : most;
                        b[k] = ascending ? most : least;
                    }
                }
            }
            #pragma omp for
            for (long begin = 0; begin < n; begin += span)
                for (long distance = span / 2; distance > 0; distance /= 2)
                    steps(values, begin, begin + span, run, distance);
        }
    }
}
"""


def network(n: int) -> list[Dispatch]:
    """The dispatches that sort n values."""
    threads, group = (n // 2,), (THREADS,)
    passes = [Dispatch("bitonic_span", ("values", np.uint32(2), np.uint32(SPAN)), threads, group)]
    run = 2 * SPAN
    while run <= n:
        distance = run // 2
        while distance >= SPAN:
            arguments = ("values", np.uint32(run), np.uint32(distance))
            passes.append(Dispatch("bitonic_step", arguments, threads, group))
            distance //= 2
        passes.append(Dispatch("bitonic_span", ("values", np.uint32(run), np.uint32(run)), threads, group))
        run *= 2
    return passes


def problem(n: int) -> Problem:
    values = np.random.default_rng(10).integers(0, 1 << 32, n, dtype=np.uint32)
    return Problem(
        buffers={"values": values},
        command_buffers=[network(n)],
        arguments=("values", np.uint32(n)),
        checked=["values"],
        expected=lambda: {"values": np.sort(values)},
        tolerance=Tolerance(),
        work=n / 1e6,
        restore=("values",),
    )


def numpy(buffers: dict[str, Array]) -> None:
    buffers["values"].sort()


ROWS = [
    Row(
        name="bitonic_sort",
        title="bitonic sort",
        unit="Melem/s",
        sizes={"tiny": 2048, "small": 1 << 14, "full": 1 << 20},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=numpy,
        barriers=True,
    )
]
