"""Counts the values of a million bytes in 256 bins.

Shows both kinds of atomics: each threadgroup counts in its own threadgroup memory, where few threads meet, and adds
its counts to device memory once at its end. The counts are checked against NumPy and must be equal.
"""

from __future__ import annotations

import sys

import numpy as np
import pymetal as pm
from numpy.typing import NDArray

COUNT = 1_000_003
BINS = 256
THREADS = 256
VALUES_PER_THREAD = 32

SOURCE = """
#include <metal_stdlib>
using namespace metal;

kernel void histogram(device const uchar *values [[buffer(0)]],
                      device atomic_uint *totals [[buffer(1)]],
                      constant uint &count [[buffer(2)]],
                      uint index [[thread_index_in_threadgroup]],
                      uint position [[thread_position_in_grid]],
                      uint threads [[threads_per_grid]],
                      uint group_threads [[threads_per_threadgroup]]) {
    threadgroup atomic_uint bins[256];
    for (uint bin = index; bin < 256; bin += group_threads) {
        atomic_store_explicit(&bins[bin], 0u, memory_order_relaxed);
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);

    for (uint i = position; i < count; i += threads) {
        atomic_fetch_add_explicit(&bins[values[i]], 1u, memory_order_relaxed);
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);

    for (uint bin = index; bin < 256; bin += group_threads) {
        const uint found = atomic_load_explicit(&bins[bin], memory_order_relaxed);
        if (found != 0) {
            atomic_fetch_add_explicit(&totals[bin], found, memory_order_relaxed);
        }
    }
}
"""


def histogram(device: pm.Device, values: NDArray[np.uint8]) -> tuple[NDArray[np.uint32], float]:
    """Return how often each of the 256 values occurs, and the seconds that the kernel ran."""
    library = device.new_library_with_source(SOURCE)
    pipeline = device.new_compute_pipeline_state(library.new_function("histogram"))
    # New buffers are zero-filled, as the totals must be.
    totals = device.new_buffer(4 * BINS)

    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(device.new_buffer_with_data(values), 0, 0)
    encoder.set_buffer(totals, 0, 1)
    encoder.set_bytes(np.uint32(values.size).tobytes(), 2)
    threadgroups = -(-values.size // (THREADS * VALUES_PER_THREAD))
    encoder.dispatch_threadgroups(threadgroups, 1, 1, THREADS, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()

    return np.frombuffer(totals.contents(), dtype=np.uint32), commands.gpu_end_time - commands.gpu_start_time


def main() -> None:
    device = pm.create_system_default_device()
    # Values that crowd round the middle, so that threads do meet in a bin.
    values = np.random.default_rng(3).normal(128, 20, COUNT).clip(0, 255).astype(np.uint8)

    counts, seconds = histogram(device, values)

    wrong = int(np.count_nonzero(counts != np.bincount(values, minlength=BINS)))
    print(f"{device.name}: {COUNT} values in {seconds * 1e3:.1f} ms, {wrong} of {BINS} bins differ from NumPy")
    if wrong:
        sys.exit(f"Some bins hold a wrong count ({wrong}).")


if __name__ == "__main__":
    main()
