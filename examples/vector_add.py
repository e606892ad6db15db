"""Adds two vectors: the smallest complete PyMetal program.

Shows the path that every compute program takes: device, queue, library, function, pipeline state, buffers, command
buffer, encoder, result. The grid's size is no multiple of the threadgroup's, so the last threadgroup is smaller.
"""

from __future__ import annotations

import sys

import numpy as np
import pymetal as pm
from numpy.typing import NDArray

SOURCE = """
#include <metal_stdlib>
using namespace metal;

kernel void add(device const float *a [[buffer(0)]],
                device const float *b [[buffer(1)]],
                device float *sum [[buffer(2)]],
                uint i [[thread_position_in_grid]]) {
    sum[i] = a[i] + b[i];
}
"""

COUNT = 100_003


def add(device: pm.Device, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a + b for two float32 vectors of the same length, added on the device."""
    library = device.new_library_with_source(SOURCE)
    pipeline = device.new_compute_pipeline_state(library.new_function("add"))

    a_buffer = device.new_buffer_with_data(a)
    b_buffer = device.new_buffer_with_data(b)
    sum_buffer = device.new_buffer(a.nbytes)

    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(a_buffer, 0, 0)
    encoder.set_buffer(b_buffer, 0, 1)
    encoder.set_buffer(sum_buffer, 0, 2)
    encoder.dispatch_threads(a.size, 1, 1, 256, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()

    return np.frombuffer(sum_buffer.contents(), dtype=np.float32)


def main() -> None:
    device = pm.create_system_default_device()
    rng = np.random.default_rng(1)
    a = rng.standard_normal(COUNT, dtype=np.float32)
    b = rng.standard_normal(COUNT, dtype=np.float32)

    result = add(device, a, b)

    expected = a.astype(np.float64) + b.astype(np.float64)
    error = float(np.abs(result - expected).max())
    # One rounding to float32, of a value well below 16.
    limit = 2.0**-21
    print(f"{device.name}: added {COUNT} pairs, largest error {error:.2e}")
    if not error <= limit:
        sys.exit(f"The largest error ({error:.2e}) is above the limit ({limit:.2e}).")


if __name__ == "__main__":
    main()
