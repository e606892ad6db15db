"""Adds up a million numbers twice: by a tree in threadgroup memory, and with simd_sum.

Shows a reduction in two passes: the first leaves one sum a threadgroup, the second, a single threadgroup, adds those.
The passes follow each other in one encoder, the first's result being the second's input. Both sums are checked against
NumPy in float64.
"""

from __future__ import annotations

import sys

import numpy as np
import pymetal as pm
from numpy.typing import NDArray

COUNT = 1_000_003
THREADS = 256
THREADGROUPS = 64
RELATIVE_ERROR_LIMIT = 1e-5

SOURCE = """
#include <metal_stdlib>
using namespace metal;

// What one thread adds before the threads of its threadgroup join their sums.
static float sum_of_thread(device const float *values, uint count, uint position, uint threads) {
    float sum = 0.0f;
    for (uint i = position; i < count; i += threads) {
        sum += values[i];
    }
    return sum;
}

// The threadgroup must be 256 threads: half of the rest adds the other half to its own, until one is left.
kernel void sum_tree(device const float *values [[buffer(0)]],
                     device float *sums [[buffer(1)]],
                     constant uint &count [[buffer(2)]],
                     uint position [[thread_position_in_grid]],
                     uint threads [[threads_per_grid]],
                     uint group [[threadgroup_position_in_grid]],
                     uint index [[thread_index_in_threadgroup]]) {
    threadgroup float partial[256];
    partial[index] = sum_of_thread(values, count, position, threads);
    for (uint half_size = 128; half_size > 0; half_size /= 2) {
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (index < half_size) {
            partial[index] += partial[index + half_size];
        }
    }
    if (index == 0) {
        sums[group] = partial[0];
    }
}

// Each simdgroup joins the sums of its lanes by itself; the first simdgroup then joins those.
kernel void sum_simd(device const float *values [[buffer(0)]],
                     device float *sums [[buffer(1)]],
                     constant uint &count [[buffer(2)]],
                     uint position [[thread_position_in_grid]],
                     uint threads [[threads_per_grid]],
                     uint group [[threadgroup_position_in_grid]],
                     uint lane [[thread_index_in_simdgroup]],
                     uint simdgroup [[simdgroup_index_in_threadgroup]],
                     uint simdgroups [[simdgroups_per_threadgroup]]) {
    threadgroup float partial[32];
    const float sum = simd_sum(sum_of_thread(values, count, position, threads));
    if (lane == 0) {
        partial[simdgroup] = sum;
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (simdgroup == 0) {
        const float total = simd_sum(lane < simdgroups ? partial[lane] : 0.0f);
        if (lane == 0) {
            sums[group] = total;
        }
    }
}
"""


def total(device: pm.Device, library: pm.Library, kernel: str, values: NDArray[np.float32]) -> tuple[float, float]:
    """Return the sum of the values, and the seconds that both passes ran."""
    pipeline = device.new_compute_pipeline_state(library.new_function(kernel))
    sums = device.new_buffer(4 * THREADGROUPS)
    result = device.new_buffer(4)

    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(device.new_buffer_with_data(values), 0, 0)
    encoder.set_buffer(sums, 0, 1)
    encoder.set_bytes(np.uint32(values.size).tobytes(), 2)
    encoder.dispatch_threadgroups(THREADGROUPS, 1, 1, THREADS, 1, 1)
    encoder.set_buffer(sums, 0, 0)
    encoder.set_buffer(result, 0, 1)
    encoder.set_bytes(np.uint32(THREADGROUPS).tobytes(), 2)
    encoder.dispatch_threadgroups(1, 1, 1, THREADS, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()

    value = float(np.frombuffer(result.contents(), dtype=np.float32)[0])
    return value, commands.gpu_end_time - commands.gpu_start_time


def main() -> None:
    device = pm.create_system_default_device()
    library = device.new_library_with_source(SOURCE)
    values = np.random.default_rng(4).random(COUNT, dtype=np.float32)
    expected = float(values.sum(dtype=np.float64))

    print(f"{device.name}: {COUNT} numbers, NumPy's sum {expected:.3f}")
    for kernel in ("sum_tree", "sum_simd"):
        result, seconds = total(device, library, kernel, values)
        error = abs(result - expected) / expected
        print(f"{kernel}: {result:.3f} in {seconds * 1e3:.1f} ms, relative error {error:.2e}")
        if not error <= RELATIVE_ERROR_LIMIT:
            sys.exit(f"The relative error of {kernel} ({error:.2e}) is above the limit ({RELATIVE_ERROR_LIMIT:.0e}).")


if __name__ == "__main__":
    main()
