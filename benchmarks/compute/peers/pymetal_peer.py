"""PyMetal through its Python API, on the device that PYMETAL_DEVICE names."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

import numpy as np

from benchmarks.compute.peers import Absent
from benchmarks.compute.row import Array, Dispatch, Problem, Row

try:
    import pymetal as pm
except ImportError as error:
    raise Absent(f"PyMetal cannot be imported ({error})") from error


class PyMetalTask:
    def __init__(self, device: pm.Device, row: Row, problem: Problem, salt: int) -> None:
        self.problem = problem
        self.queue = device.new_command_queue(max_command_buffer_count=1024)
        begin = time.perf_counter()
        library = device.new_library_with_source(row.metal.replace("SALT", str(salt)))
        middle = time.perf_counter()
        self.pipelines = {
            name: device.new_compute_pipeline_state(library.new_function(name)) for name in library.function_names
        }
        self.stages = {"library": middle - begin, "pipeline": time.perf_counter() - middle}
        self.buffers = {
            name: device.new_buffer_with_data(np.ascontiguousarray(first)) for name, first in problem.buffers.items()
        }

    def encode(self, encoder: pm.ComputeCommandEncoder, dispatch: Dispatch) -> None:
        encoder.set_compute_pipeline_state(self.pipelines[dispatch.kernel])
        for index, argument in enumerate(dispatch.arguments):
            if isinstance(argument, str):
                encoder.set_buffer(self.buffers[argument], 0, index)
            else:
                encoder.set_bytes(argument, index)

    def run(self) -> None:
        for dispatches in self.problem.command_buffers:
            commands = self.queue.command_buffer()
            encoder = commands.compute_command_encoder()
            previous = None
            for dispatch in dispatches:
                if dispatch is not previous:
                    self.encode(encoder, dispatch)
                    sizes = [*dispatch.grid, 1, 1][:3] + [*dispatch.threadgroup, 1, 1][:3]
                    previous = dispatch
                encoder.dispatch_threads(*sizes)
            encoder.end_encoding()
            commands.commit()
        commands.wait_until_completed()
        if commands.error is not None:
            raise RuntimeError(str(commands.error))

    def restore(self, names: Iterable[str]) -> None:
        for name in names:
            self.buffers[name].contents()[:] = self.problem.buffers[name].view(np.uint8).ravel()

    def read(self, name: str) -> Array:
        first = self.problem.buffers[name]
        return np.frombuffer(self.buffers[name].contents(), first.dtype)[: first.size].reshape(first.shape).copy()


class PyMetalPeer:
    def __init__(self) -> None:
        self.device = pm.create_system_default_device()
        chosen = [f"{name}={os.environ[name]}" for name in ("PYMETAL_EXECUTOR", "PYMETAL_CPU") if os.environ.get(name)]
        self.description = ", ".join([f"PyMetal on {self.device.name}", *chosen])

    def prepare(self, row: Row, problem: Problem, salt: int) -> PyMetalTask:
        return PyMetalTask(self.device, row, problem, salt)


def make_peer() -> PyMetalPeer:
    return PyMetalPeer()
