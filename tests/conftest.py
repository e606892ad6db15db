"""What the Python tests share: a device, and a short way to run a kernel."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pymetal as pm
import pytest

# Tests use a cache, and leave that of the user alone.
CACHE = tempfile.TemporaryDirectory(prefix="pymetal-tests-")
os.environ["PYMETAL_CACHE_DIR"] = CACHE.name

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"


@pytest.fixture(scope="session")
def device() -> pm.Device:
    return pm.create_system_default_device()


@pytest.fixture
def queue(device: pm.Device) -> pm.CommandQueue:
    return device.new_command_queue()


@pytest.fixture
def commands(queue: pm.CommandQueue) -> pm.CommandBuffer:
    return queue.command_buffer()


@pytest.fixture
def encoder(commands: pm.CommandBuffer) -> pm.ComputeCommandEncoder:
    return commands.compute_command_encoder()


@pytest.fixture(scope="session")
def make_pipeline(device: pm.Device) -> Callable[..., pm.ComputePipelineState]:
    """`make_pipeline(source, name)` compiles MSL, standard header included, and makes a pipeline of one kernel."""

    def make(
        source: str, name: str = "k", constants: pm.FunctionConstantValues | None = None
    ) -> pm.ComputePipelineState:
        library = device.new_library_with_source(HEADER + source)
        function = library.new_function(name, constants) if constants else library.new_function(name)
        return device.new_compute_pipeline_state(function)

    return make


@pytest.fixture(params=["simd", "checked"])
def executor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The executor that the pipelines of a test are made for: every kernel runs on both."""
    monkeypatch.setenv("PYMETAL_EXECUTOR", request.param)
    return str(request.param)


@pytest.fixture
def run(
    queue: pm.CommandQueue, make_pipeline: Callable[..., pm.ComputePipelineState], executor: str
) -> Callable[..., list[Any]]:
    """Runs a kernel over arrays, bound to slots from 0 on, and returns what the arrays hold afterwards."""

    def run_kernel(
        source: str,
        *arrays: Any,
        grid: Sequence[int],
        group: Sequence[int],
        name: str = "k",
        threadgroup_bytes: Sequence[int] = (),
        constants: pm.FunctionConstantValues | None = None,
    ) -> list[Any]:
        pipeline = make_pipeline(source, name, constants)
        values = [np.ascontiguousarray(array) for array in arrays]
        buffers = [queue.device.new_buffer_with_data(value) for value in values]
        commands = queue.command_buffer()
        encoder = commands.compute_command_encoder()
        encoder.set_compute_pipeline_state(pipeline)
        for index, buffer in enumerate(buffers):
            encoder.set_buffer(buffer, 0, index)
        for index, length in enumerate(threadgroup_bytes):
            encoder.set_threadgroup_memory_length(length, index)
        full_grid = [*grid, 1, 1][:3]
        full_group = [*group, 1, 1][:3]
        encoder.dispatch_threads(*full_grid, *full_group)
        encoder.end_encoding()
        commands.commit()
        commands.wait_until_completed()
        assert commands.error is None, str(commands.error)
        return [
            np.frombuffer(buffer.contents(), dtype=value.dtype).reshape(value.shape).copy()
            for buffer, value in zip(buffers, values)
        ]

    return run_kernel
