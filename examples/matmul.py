"""Multiplies two 256 x 256 matrices twice: naively, and with tiles in threadgroup memory.

Shows a scalar argument set with set_bytes, threadgroup memory that the encoder sizes, and barriers. Both results are
checked against NumPy in float64.
"""

from __future__ import annotations

import sys

import numpy as np
import pymetal as pm
from numpy.typing import NDArray

SIZE = 256
TILE = 16
# Sums of 256 products of standard normal values: a few dozen roundings of numbers below 128.
ERROR_LIMIT = 2e-4

SOURCE = """
#include <metal_stdlib>
using namespace metal;

constant constexpr uint kTile = 16;

kernel void matmul_naive(device const float *a [[buffer(0)]],
                         device const float *b [[buffer(1)]],
                         device float *c [[buffer(2)]],
                         constant uint &n [[buffer(3)]],
                         uint2 position [[thread_position_in_grid]]) {
    float sum = 0.0f;
    for (uint k = 0; k < n; k++) {
        sum += a[position.y * n + k] * b[k * n + position.x];
    }
    c[position.y * n + position.x] = sum;
}

// n must be a multiple of kTile, and the threadgroup kTile x kTile threads.
kernel void matmul_tiled(device const float *a [[buffer(0)]],
                         device const float *b [[buffer(1)]],
                         device float *c [[buffer(2)]],
                         constant uint &n [[buffer(3)]],
                         threadgroup float *a_tile [[threadgroup(0)]],
                         threadgroup float *b_tile [[threadgroup(1)]],
                         uint2 position [[thread_position_in_grid]],
                         uint2 local [[thread_position_in_threadgroup]]) {
    const uint mine = local.y * kTile + local.x;
    float sum = 0.0f;
    for (uint start = 0; start < n; start += kTile) {
        a_tile[mine] = a[position.y * n + start + local.x];
        b_tile[mine] = b[(start + local.y) * n + position.x];
        threadgroup_barrier(mem_flags::mem_threadgroup);
        for (uint k = 0; k < kTile; k++) {
            sum += a_tile[local.y * kTile + k] * b_tile[k * kTile + local.x];
        }
        threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    c[position.y * n + position.x] = sum;
}
"""


def multiply(
    device: pm.Device, library: pm.Library, kernel: str, a: NDArray[np.float32], b: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float]:
    """Return a @ b and the seconds that the kernel ran, for square matrices whose size is a multiple of TILE."""
    n = a.shape[0]
    pipeline = device.new_compute_pipeline_state(library.new_function(kernel))
    result = device.new_buffer(a.nbytes)

    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(device.new_buffer_with_data(a), 0, 0)
    encoder.set_buffer(device.new_buffer_with_data(b), 0, 1)
    encoder.set_buffer(result, 0, 2)
    encoder.set_bytes(np.uint32(n).tobytes(), 3)
    if kernel == "matmul_tiled":
        tile_bytes = TILE * TILE * a.itemsize
        encoder.set_threadgroup_memory_length(tile_bytes, 0)
        encoder.set_threadgroup_memory_length(tile_bytes, 1)
    encoder.dispatch_threadgroups(n // TILE, n // TILE, 1, TILE, TILE, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()

    matrix = np.frombuffer(result.contents(), dtype=np.float32).reshape(n, n)
    return matrix, commands.gpu_end_time - commands.gpu_start_time


def main() -> None:
    device = pm.create_system_default_device()
    library = device.new_library_with_source(SOURCE)
    rng = np.random.default_rng(2)
    a = rng.standard_normal((SIZE, SIZE), dtype=np.float32)
    b = rng.standard_normal((SIZE, SIZE), dtype=np.float32)
    expected = a.astype(np.float64) @ b.astype(np.float64)

    print(f"{device.name}: {SIZE} x {SIZE} matrices")
    for kernel in ("matmul_naive", "matmul_tiled"):
        result, seconds = multiply(device, library, kernel, a, b)
        error = float(np.abs(result - expected).max())
        print(f"{kernel}: {seconds * 1e3:.1f} ms, largest error {error:.2e}")
        if not error <= ERROR_LIMIT:
            sys.exit(f"The largest error of {kernel} ({error:.2e}) is above the limit ({ERROR_LIMIT:.0e}).")


if __name__ == "__main__":
    main()
