"""Kernels under the address sanitizer: it finds what they do wrong, and nothing in those that do right."""

from __future__ import annotations

import subprocess
import sys

import compare
import pytest
import sanitizer

pytestmark = pytest.mark.skipif(sanitizer.library() is None, reason="the address sanitizer's library is not installed")

SCRIPT = """
import os, sys, pymetal as pm
device = pm.create_system_default_device()
source = '''#include <metal_stdlib>
using namespace metal;
kernel void k(device int *x, device const int *y, uint i [[thread_position_in_grid]]) { %s }'''
for executor in ("simd", "checked"):
    os.environ["PYMETAL_EXECUTOR"] = executor
    if sys.argv[1] not in ("both", executor):
        continue
    function = device.new_library_with_source(source).new_function("k")
    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(device.new_compute_pipeline_state(function))
    encoder.set_buffer(device.new_buffer(120), 0, 0)
    encoder.set_buffer(device.new_buffer(120), 0, 1)
    encoder.dispatch_threads(64, 1, 1, 32, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    if commands.error is not None:
        sys.exit(f"found: {commands.error}")
"""


def run(executor: str, statement: str) -> subprocess.CompletedProcess[str]:
    """Runs a kernel of 64 threads over two buffers of 30 integers."""
    command = [sys.executable, "-c", SCRIPT % statement, executor]
    return subprocess.run(command, env=sanitizer.environment(), capture_output=True, text=True)


def test_a_kernel_that_stays_inside_passes() -> None:
    statements = [
        "if (i < 30) x[i] = y[29 - i];",
        "if (i < 10) x[i] = y[3 * i + 2] + y[2 * i];",
        "if (i % 2 == 0 && i < 30) { x[i] = y[i]; x[i + 1] = y[i + 1]; }",
        "threadgroup_barrier(mem_flags::mem_none); x[0] = simd_sum(1);",
    ]
    process = run("both", " ".join(statements))
    assert process.returncode == 0, process.stderr


@pytest.mark.parametrize("executor", ["simd", "checked"])
@pytest.mark.parametrize(
    "statement",
    ["x[i] = 1;", "if (i < 30) x[i] = y[i * i];", "threadgroup_barrier(mem_flags::mem_none); x[30] = simd_sum(1);",
     "atomic_fetch_add_explicit((device atomic_int *)x + i, 1, memory_order_relaxed);"],
    ids=["row", "scattered", "uniform", "atomic"],
)  # fmt: skip
def test_an_access_outside_a_buffer_is_found(executor: str, statement: str) -> None:
    process = run(executor, statement)
    assert process.returncode != 0
    # The checked executor may be the first to find it.
    assert "AddressSanitizer: heap-buffer-overflow" in process.stderr or "found: " in process.stderr


def test_random_programs_stay_inside() -> None:
    assert compare.check("executors", range(1, 2), sanitize=True) == {}
    assert compare.check("lanes", range(1, 2), sanitize=True) == {}
