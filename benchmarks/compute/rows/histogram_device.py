"""A histogram of bytes with atomics on device memory, one for each byte."""

from __future__ import annotations

from benchmarks.compute.histograms import count_bytes, histogram
from benchmarks.compute.row import Problem, Row

METAL = """
#include <metal_stdlib>
using namespace metal;

kernel void histogram_device(device const uchar *bytes [[buffer(0)]],
                             device atomic_uint *bins [[buffer(1)]],
                             uint i [[thread_position_in_grid]]) {
    atomic_fetch_add_explicit(&bins[bytes[i]], 1, memory_order_relaxed);
}
"""

OPENCL = """
kernel void histogram_device(global const uchar *bytes, volatile global uint *bins) {
    atomic_inc(&bins[bytes[get_global_id(0)]]);
}
"""

CPP = """
extern "C" void histogram_device(const unsigned char *bytes, unsigned *bins, unsigned n) {
    #pragma omp parallel for
    for (long i = 0; i < n; i++) __atomic_fetch_add(&bins[bytes[i]], 1u, __ATOMIC_RELAXED);
}
"""


def problem(n: int) -> Problem:
    return histogram("histogram_device", n, threads=n)


ROWS = [
    Row(
        name="histogram_device",
        title="histogram, device atomics",
        unit="Gelem/s",
        sizes={"tiny": 4096, "small": 1 << 16, "full": 1 << 22},
        problem=problem,
        metal=METAL,
        opencl=OPENCL,
        cpp=CPP,
        numpy=count_bytes,
    )
]
