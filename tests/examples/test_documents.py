"""The Python programs of the README and the guides run as they are printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

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
