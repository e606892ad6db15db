"""Blurs a photograph with a separable Gaussian filter: one pass along the rows, one along the columns.

Shows threadgroup tiles that threads fill together and read after a barrier, a function constant (the radius) that the
compiler folds into the kernel, weights in a constant buffer, and two dispatches that follow each other in one encoder.
The result is checked against SciPy in float64. Usage: image_blur.py [output.png]
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pymetal as pm
from numpy.typing import NDArray

try:
    from PIL import Image
    from scipy.ndimage import gaussian_filter
except ImportError as missing:
    sys.exit(f"This example needs Pillow and SciPy ({missing}): pip install pillow scipy")

HERE = Path(__file__).resolve().parent
SIGMA = 4.0
RADIUS = 12
# Values lie in [0, 1]; each pass sums 25 products in float32.
ERROR_LIMIT = 2e-6

ROWS_THREADGROUP = (64, 4)
COLUMNS_THREADGROUP = (16, 16)

SOURCE = """
#include <metal_stdlib>
using namespace metal;

constant uint radius [[function_constant(0)]];
constant constexpr uint kMaxRadius = 16;

// Copies `size` neighbouring pixels of a row, and `radius` more on either side, to the tile; then each thread sums.
kernel void blur_rows(device const float4 *source [[buffer(0)]],
                      device float4 *result [[buffer(1)]],
                      constant float *weights [[buffer(2)]],
                      uint2 position [[thread_position_in_grid]],
                      uint2 image [[threads_per_grid]],
                      uint2 local [[thread_position_in_threadgroup]],
                      uint2 size [[threads_per_threadgroup]]) {
    threadgroup float4 tile[4][64 + 2 * kMaxRadius];
    const int first = int(position.x - local.x) - int(radius);
    for (uint i = local.x; i < size.x + 2 * radius; i += size.x) {
        const int x = clamp(first + int(i), 0, int(image.x) - 1);
        tile[local.y][i] = source[position.y * image.x + uint(x)];
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);

    float4 sum = 0.0f;
    for (uint k = 0; k <= 2 * radius; k++) {
        sum += weights[k] * tile[local.y][local.x + k];
    }
    result[position.y * image.x + position.x] = sum;
}

kernel void blur_columns(device const float4 *source [[buffer(0)]],
                         device float4 *result [[buffer(1)]],
                         constant float *weights [[buffer(2)]],
                         uint2 position [[thread_position_in_grid]],
                         uint2 image [[threads_per_grid]],
                         uint2 local [[thread_position_in_threadgroup]],
                         uint2 size [[threads_per_threadgroup]]) {
    threadgroup float4 tile[16 + 2 * kMaxRadius][16];
    const int first = int(position.y - local.y) - int(radius);
    for (uint i = local.y; i < size.y + 2 * radius; i += size.y) {
        const int y = clamp(first + int(i), 0, int(image.y) - 1);
        tile[i][local.x] = source[uint(y) * image.x + position.x];
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);

    float4 sum = 0.0f;
    for (uint k = 0; k <= 2 * radius; k++) {
        sum += weights[k] * tile[local.y + k][local.x];
    }
    result[position.y * image.x + position.x] = sum;
}
"""


@dataclass
class Timings:
    """Seconds: to compile both kernels, and to run them."""

    compile: float
    run: float


def gaussian_weights() -> NDArray[np.float32]:
    """Return the 2 * RADIUS + 1 weights of the filter, which add up to 1."""
    offsets = np.arange(-RADIUS, RADIUS + 1)
    weights = np.exp(-0.5 * (offsets / SIGMA) ** 2)
    return (weights / weights.sum()).astype(np.float32)


def blur(device: pm.Device, photo: NDArray[np.float32]) -> tuple[NDArray[np.float32], Timings]:
    """Return the blurred photo, and timings. `photo` has the shape (height, width, 4)."""
    height, width, _ = photo.shape

    start = time.perf_counter()
    library = device.new_library_with_source(SOURCE)
    constants = pm.FunctionConstantValues()
    constants.set_constant_value(RADIUS, pm.DataType.UInt, 0)
    rows = device.new_compute_pipeline_state(library.new_function("blur_rows", constants))
    columns = device.new_compute_pipeline_state(library.new_function("blur_columns", constants))
    compile_seconds = time.perf_counter() - start

    source = device.new_buffer_with_data(photo)
    between = device.new_buffer(photo.nbytes)
    result = device.new_buffer(photo.nbytes)
    weights = device.new_buffer_with_data(gaussian_weights())

    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_buffer(weights, 0, 2)
    encoder.set_compute_pipeline_state(rows)
    encoder.set_buffer(source, 0, 0)
    encoder.set_buffer(between, 0, 1)
    encoder.dispatch_threads(width, height, 1, *ROWS_THREADGROUP, 1)
    encoder.set_compute_pipeline_state(columns)
    encoder.set_buffer(between, 0, 0)
    encoder.set_buffer(result, 0, 1)
    encoder.dispatch_threads(width, height, 1, *COLUMNS_THREADGROUP, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()

    pixels = np.frombuffer(result.contents(), dtype=np.float32).reshape(photo.shape)
    return pixels, Timings(compile_seconds, commands.gpu_end_time - commands.gpu_start_time)


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "out" / "image_blur.png"
    device = pm.create_system_default_device()
    with Image.open(HERE / "data" / "astronaut.jpg") as image:
        photo = np.asarray(image.convert("RGBA"), dtype=np.float32) / np.float32(255)

    blurred, timings = blur(device, photo)

    expected = gaussian_filter(
        photo.astype(np.float64), sigma=(SIGMA, SIGMA, 0), mode="nearest", truncate=RADIUS / SIGMA
    )
    error = float(np.abs(blurred - expected).max())

    # The left half before, the right half after.
    shown = blurred.copy()
    half = photo.shape[1] // 2
    shown[:, :half] = photo[:, :half]
    shown[:, half] = 1
    output.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.rint(shown.clip(0, 1) * 255).astype(np.uint8)).convert("RGB").save(output)

    print(f"device         {device.name}")
    print(f"image          {photo.shape[1]} x {photo.shape[0]}, radius {RADIUS}")
    print(f"compile        {timings.compile * 1e3:.1f} ms")
    print(f"run            {timings.run * 1e3:.1f} ms")
    print(f"largest error  {error:.2e} (against SciPy in float64)")
    print(f"written to     {output}")
    if not error <= ERROR_LIMIT:
        sys.exit(f"The largest error ({error:.2e}) is above the limit ({ERROR_LIMIT:.0e}).")


if __name__ == "__main__":
    main()
