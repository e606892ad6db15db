"""Programs that run in a process of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import Any

PRELUDE = """
import numpy as np, pymetal as pm
device = pm.create_system_default_device()
queue = device.new_command_queue()
HEADER = "#include <metal_stdlib>\\nusing namespace metal;\\n"
def compile(source):
    library = device.new_library_with_source(HEADER + source)
    return device.new_compute_pipeline_state(library.new_function("k"))
def start(kernel, grid, group=1, own_queue=None):
    pipeline = compile(kernel) if isinstance(kernel, str) else kernel
    buffer = device.new_buffer(4096)
    commands = (own_queue or queue).command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(buffer, 0, 0)
    encoder.dispatch_threads(grid, 1, 1, group, 1, 1)
    encoder.end_encoding()
    commands.commit()
    return commands, buffer
def run(kernel, grid, group=1, own_queue=None):
    commands, buffer = start(kernel, grid, group, own_queue)
    commands.wait_until_completed()
    return int(buffer.contents().view(np.int32)[0])
INCREMENT = "kernel void k(device atomic_int *x) { atomic_fetch_add_explicit(x, 1, memory_order_relaxed); }"
ENDLESS = "kernel void k(device atomic_int *x) { while (atomic_load_explicit(x, memory_order_relaxed) == 0) {} }"
"""


def run_python(
    code: str, prelude: str = PRELUDE, prefix: tuple[str, ...] = (), **keywords: Any
) -> subprocess.CompletedProcess[str]:
    """Runs a program behind a prelude, with an interpreter that `prefix` may start."""
    program = prelude + textwrap.dedent(code)
    return subprocess.run(
        [*prefix, sys.executable, "-c", program], capture_output=True, text=True, timeout=120, **keywords
    )
