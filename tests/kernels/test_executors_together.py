"""A process may change from one executor to the other: neither leaves the next one's code other than it should be."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# So many vectors live across the loop that some are kept on the stack, aligned more than the platform's calls do.
PROGRAM = '''
import os, sys
import numpy as np
import pymetal as pm

SOURCE = """
using namespace metal;
kernel void k(device float *a, uint i [[thread_position_in_grid]]) {
  float x[24];
  for (uint j = 0; j < 24; ++j) x[j] = a[i] + j;
  for (uint round = 0; round < i % 3 + 1; ++round)
    for (uint j = 0; j < 24; ++j) x[j] = fma(x[j], x[(j + 1) % 24], sin(x[(j + 2) % 24]));
  float sum = 0;
  for (uint j = 0; j < 24; ++j) sum += x[j] > 0 ? log2(x[j]) : x[j];
  a[i] = sum;
}"""

def run(executor):
    os.environ["PYMETAL_EXECUTOR"] = executor
    device = pm.create_system_default_device()
    pipeline = device.new_compute_pipeline_state(device.new_library_with_source(SOURCE).new_function("k"))
    buffer = device.new_buffer_with_data(np.linspace(0, 1, 192, dtype=np.float32))
    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(buffer, 0, 0)
    encoder.dispatch_threads(192, 1, 1, 96, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    assert commands.error is None, str(commands.error)
    return np.frombuffer(buffer.contents(), np.float32).copy()

first, second = (run(executor) for executor in sys.argv[1:])
np.testing.assert_allclose(first, second, rtol=1e-4)
'''


@pytest.mark.parametrize("order", [("checked", "simd"), ("simd", "checked")])
def test_one_after_the_other(order: tuple[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *order], capture_output=True, text=True, timeout=120, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
