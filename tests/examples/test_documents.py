"""The Python programs of the README and the guides run as they are printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pymetal as pm
import pytest

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LIBRARY = """
#include <metal_stdlib>
constant int radius [[function_constant(0)]];
kernel void blur(device int *x) { x[0] = radius; }
"""


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "docs/guide/getting-started.md",
        "docs/guide/kernels.md",
        "docs/guide/errors.md",
        "docs/guide/threading.md",
    ],
)
def test_code_blocks(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))
    assert blocks
    device = pm.create_system_default_device()
    scope: dict[str, Any] = {"pm": pm, "device": device, "library": device.new_library_with_source(LIBRARY)}
    for block in blocks:
        exec(compile(block, name, "exec"), scope)
    if name.endswith("errors.md"):
        assert "float4" in capsys.readouterr().out


def test_kernel_of_the_design_page() -> None:
    page = (ROOT / "docs/design/execution.md").read_text(encoding="utf-8")
    source = re.search(r"^```cpp\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert source
    device = pm.create_system_default_device()
    library = device.new_library_with_source(source[1])
    pipeline = device.new_compute_pipeline_state(library.new_function("longest"))
    starts = np.random.default_rng(1).integers(0, 10000, 1024, dtype=np.uint32)
    results = device.new_buffer(32)
    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(device.new_buffer_with_data(starts), 0, 0)
    encoder.set_buffer(results, 0, 1)
    encoder.dispatch_threads(1024, 1, 1, 128, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    longest = [max(map(count_steps, group)) for group in starts.reshape(8, 128).tolist()]
    assert np.frombuffer(results.contents(), np.uint32).tolist() == longest


def count_steps(n: int) -> int:
    steps = 0
    while n > 1:
        n = 3 * n + 1 if n & 1 else n // 2
        steps += 1
    return steps
