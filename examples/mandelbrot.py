"""Draws the Mandelbrot set, one thread a pixel.

Shows a two-dimensional grid, a struct passed with set_bytes, and loops that leave at a different step in every thread.
The step counts are checked against NumPy in float64; next to the border of the set a rounding decides when a point
escapes, so a small share may differ. Writes a PNG where Pillow is installed. Usage: mandelbrot.py [output.png]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pymetal as pm
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = 960, 640
STEPS = 200
LEFT, TOP, PIXEL = -2.4, 1.2, 2.4 / HEIGHT
LARGEST_SHARE = 0.01

# Mirrors `struct View` in the source below.
VIEW = np.dtype([("left", np.float32), ("top", np.float32), ("pixel", np.float32), ("steps", np.uint32)])

SOURCE = """
#include <metal_stdlib>
using namespace metal;

struct View {
    float left;
    float top;
    float pixel;
    uint steps;
};

// Writes the number of steps after which a point is farther than 2 from the origin; `steps` where it never is.
kernel void mandelbrot(device uint *counts [[buffer(0)]],
                       constant View &view [[buffer(1)]],
                       uint2 position [[thread_position_in_grid]],
                       uint2 image [[threads_per_grid]]) {
    const float2 c = float2(view.left, view.top) + view.pixel * float2(position) * float2(1.0f, -1.0f);
    float2 z = 0.0f;
    uint n = 0;
    while (n < view.steps && dot(z, z) <= 4.0f) {
        z = float2(z.x * z.x - z.y * z.y, 2.0f * z.x * z.y) + c;
        n++;
    }
    counts[position.y * image.x + position.x] = n;
}
"""


def count_on_device(device: pm.Device) -> tuple[NDArray[np.uint32], float]:
    """Return the step counts, of shape (HEIGHT, WIDTH), and the seconds that the kernel ran."""
    library = device.new_library_with_source(SOURCE)
    pipeline = device.new_compute_pipeline_state(library.new_function("mandelbrot"))
    counts = device.new_buffer(4 * WIDTH * HEIGHT)

    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(counts, 0, 0)
    encoder.set_bytes(np.array((LEFT, TOP, PIXEL, STEPS), dtype=VIEW).tobytes(), 1)
    encoder.dispatch_threads(WIDTH, HEIGHT, 1, 16, 16, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()

    image = np.frombuffer(counts.contents(), dtype=np.uint32).reshape(HEIGHT, WIDTH)
    return image, commands.gpu_end_time - commands.gpu_start_time


def count_with_numpy() -> NDArray[np.uint32]:
    """Return the same counts, computed in float64."""
    x = LEFT + PIXEL * np.arange(WIDTH)
    y = TOP - PIXEL * np.arange(HEIGHT)
    c = (x[np.newaxis, :] + 1j * y[:, np.newaxis]).ravel()
    counts = np.zeros(c.size, dtype=np.uint32)
    inside = np.arange(c.size)
    z = np.zeros_like(c)
    for _ in range(STEPS):
        counts[inside] += 1
        z = z * z + c[inside]
        stays = z.real**2 + z.imag**2 <= 4.0
        inside, z = inside[stays], z[stays]
    return counts.reshape(HEIGHT, WIDTH)


def colours(counts: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return an RGB image: the set in black, the rest coloured by its counts."""
    phase = np.log2(1.0 + counts[..., np.newaxis]) * 0.9 + np.array([2.2, 2.7, 3.4])
    rgb = 0.5 + 0.5 * np.cos(phase)
    rgb[counts == STEPS] = 0
    return np.rint(rgb * 255).astype(np.uint8)


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "out" / "mandelbrot.png"
    device = pm.create_system_default_device()
    counts, seconds = count_on_device(device)
    differing = float(np.mean(counts != count_with_numpy()))
    print(f"{device.name}: {WIDTH} x {HEIGHT} points in {seconds * 1e3:.1f} ms, {differing:.3%} differ from NumPy")

    try:
        from PIL import Image
    except ImportError:
        print("Pillow is not installed, so no picture is written.")
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(colours(counts)).save(output)
        print(f"written to {output}")

    if not differing <= LARGEST_SHARE:
        sys.exit(f"The share of points that differ ({differing:.3%}) is above the limit ({LARGEST_SHARE:.1%}).")


if __name__ == "__main__":
    main()
