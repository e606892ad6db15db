"""Programs that check themselves, a file for a part of the MSL specification, on both executors.

Kernels whose name ends in `_together` run as a simdgroup of 32 threads, others as one thread.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pymetal as pm
import pytest

FOLDER = Path(__file__).parent / "specification"


@pytest.mark.parametrize("executor", ["simd", "checked"])
@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.metal")))
def test_part(device: pm.Device, monkeypatch: pytest.MonkeyPatch, name: str, executor: str) -> None:
    monkeypatch.setenv("PYMETAL_EXECUTOR", executor)
    path = FOLDER / f"{name}.metal"
    library = device.new_library_with_file(path)
    assert library.function_names, "a part has kernels"
    for function_name in library.function_names:
        failed = device.new_buffer_with_data(np.zeros(32, np.int32))
        commands = device.new_command_queue().command_buffer()
        encoder = commands.compute_command_encoder()
        pipeline = device.new_compute_pipeline_state(library.new_function(function_name))
        encoder.set_compute_pipeline_state(pipeline)
        encoder.set_buffer(failed, 0, 0)
        for index in range(1, 6):
            encoder.set_buffer(device.new_buffer_with_data(np.zeros(256, np.int32)), 0, index)
        threads = 32 if function_name.endswith("_together") else 1
        encoder.dispatch_threads(threads, 1, 1, threads, 1, 1)
        encoder.end_encoding()
        commands.commit()
        commands.wait_until_completed()
        assert commands.error is None, commands.error
        count, *at = failed.contents().view(np.int32).tolist()
        lines = path.read_text(encoding="utf-8").splitlines()
        assert count == 0, "\n".join(f"{path.name}:{line}: {lines[line - 1].strip()}" for line in sorted(set(at) - {0}))
