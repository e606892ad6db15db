"""OpenCL C on the CPU of the first platform that OCL_ICD_VENDORS leads to: PoCL."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any

import numpy as np

from benchmarks.compute.peers import Absent
from benchmarks.compute.peers import opencl_api as api
from benchmarks.compute.row import Array, Dispatch, Problem, Row

OPTIONS = b"-cl-fast-relaxed-math -cl-std=CL3.0"


class OpenCLTask:
    def __init__(self, peer: OpenCLPeer, row: Row, problem: Problem, salt: int) -> None:
        self.cl, self.queue, self.problem = peer.cl, peer.queue, problem
        source = row.opencl.replace("SALT", str(salt)).encode()
        lines = (ctypes.c_char_p * 1)(source)
        self.program = self.cl.CreateProgramWithSource(peer.context, 1, lines, None)
        devices = (ctypes.c_void_p * 1)(peer.device)
        try:
            self.cl.BuildProgram(self.program, 1, devices, OPTIONS, None, None)
        except api.OpenCLError as error:
            log = self.cl.text(self.cl.GetProgramBuildInfo, self.program, peer.device, api.PROGRAM_BUILD_LOG)
            raise api.OpenCLError(f"{error} {log[:1000]}") from error
        self.buffers = {}
        for name, first in problem.buffers.items():
            data = np.ascontiguousarray(first)
            flags = api.MEM_READ_WRITE | api.MEM_COPY_HOST_PTR
            self.buffers[name] = self.cl.CreateBuffer(peer.context, flags, data.nbytes, data.ctypes.data)
        self.kernels: list[int] = []
        # A kernel object for each different dispatch, with its arguments set once.
        ready: dict[int, Any] = {}
        for dispatch in (dispatch for dispatches in problem.command_buffers for dispatch in dispatches):
            if id(dispatch) not in ready:
                ready[id(dispatch)] = self.make_launch(dispatch)
        self.launches = [[ready[id(dispatch)] for dispatch in dispatches] for dispatches in problem.command_buffers]

    def make_launch(self, dispatch: Dispatch) -> tuple[Any, ...]:
        kernel = self.cl.CreateKernel(self.program, dispatch.kernel.encode())
        self.kernels.append(kernel)
        for index, argument in enumerate(dispatch.arguments):
            if isinstance(argument, str):
                value: Any = ctypes.c_void_p(self.buffers[argument])
                self.cl.SetKernelArg(kernel, index, ctypes.sizeof(value), ctypes.byref(value))
            else:
                self.cl.SetKernelArg(kernel, index, argument.nbytes, argument.tobytes())
        dimensions = len(dispatch.grid)
        sizes = ctypes.c_size_t * dimensions
        return kernel, dimensions, None, sizes(*dispatch.grid), sizes(*dispatch.threadgroup), 0, None, None

    def run(self) -> None:
        for launches in self.launches:
            for launch in launches:
                self.cl.EnqueueNDRangeKernel(self.queue, *launch)
            self.cl.Flush(self.queue)
        self.cl.Finish(self.queue)

    def restore(self, names: Iterable[str]) -> None:
        for name in names:
            data = np.ascontiguousarray(self.problem.buffers[name])
            self.cl.EnqueueWriteBuffer(
                self.queue, self.buffers[name], 1, 0, data.nbytes, data.ctypes.data, 0, None, None
            )

    def read(self, name: str) -> Array:
        data = np.empty_like(self.problem.buffers[name], order="C")
        self.cl.EnqueueReadBuffer(self.queue, self.buffers[name], 1, 0, data.nbytes, data.ctypes.data, 0, None, None)
        return data

    def __del__(self) -> None:
        for kernel in getattr(self, "kernels", []):
            self.cl.ReleaseKernel(kernel)
        for buffer in getattr(self, "buffers", {}).values():
            self.cl.ReleaseMemObject(buffer)
        if hasattr(self, "program"):
            self.cl.ReleaseProgram(self.program)


class OpenCLPeer:
    def __init__(self) -> None:
        try:
            self.cl = api.OpenCL()
            platform, self.device = self.cl.cpu()
        except (OSError, api.OpenCLError) as error:
            raise Absent(str(error)) from error
        version = self.cl.text(self.cl.GetPlatformInfo, platform, api.PLATFORM_VERSION)
        device = self.cl.text(self.cl.GetDeviceInfo, self.device, api.DEVICE_NAME)
        self.description = f"{version.strip()}; {device.strip()}; {OPTIONS.decode()}"
        devices = (ctypes.c_void_p * 1)(self.device)
        self.context = self.cl.CreateContext(None, 1, devices, None, None)
        self.queue = self.cl.CreateCommandQueue(self.context, self.device, 0)

    def prepare(self, row: Row, problem: Problem, salt: int) -> OpenCLTask:
        if not row.opencl:
            raise Absent("no such operation")
        return OpenCLTask(self, row, problem, salt)


def make_peer() -> OpenCLPeer:
    return OpenCLPeer()
