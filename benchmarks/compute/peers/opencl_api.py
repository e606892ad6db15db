"""The few functions of OpenCL that the benchmark calls, through ctypes."""

from __future__ import annotations

import ctypes
import ctypes.util
from ctypes import byref, c_char_p, c_int32, c_size_t, c_uint32, c_uint64, c_void_p, create_string_buffer
from typing import Any

DEVICE_TYPE_CPU = 1 << 1
PLATFORM_VERSION, PLATFORM_NAME = 0x0901, 0x0902
DEVICE_NAME = 0x102B
MEM_READ_WRITE, MEM_COPY_HOST_PTR = 1 << 0, 1 << 5
PROGRAM_BUILD_LOG = 0x1183

# Results and arguments; functions that make an object report errors through their last argument.
_STATUS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("clGetPlatformIDs", (c_uint32, c_void_p, c_void_p)),
    ("clGetPlatformInfo", (c_void_p, c_uint32, c_size_t, c_void_p, c_void_p)),
    ("clGetDeviceIDs", (c_void_p, c_uint64, c_uint32, c_void_p, c_void_p)),
    ("clGetDeviceInfo", (c_void_p, c_uint32, c_size_t, c_void_p, c_void_p)),
    ("clBuildProgram", (c_void_p, c_uint32, c_void_p, c_char_p, c_void_p, c_void_p)),
    ("clGetProgramBuildInfo", (c_void_p, c_void_p, c_uint32, c_size_t, c_void_p, c_void_p)),
    ("clSetKernelArg", (c_void_p, c_uint32, c_size_t, c_void_p)),
    (
        "clEnqueueNDRangeKernel",
        (c_void_p, c_void_p, c_uint32, c_void_p, c_void_p, c_void_p, c_uint32, c_void_p, c_void_p),
    ),
    (
        "clEnqueueWriteBuffer",
        (c_void_p, c_void_p, c_uint32, c_size_t, c_size_t, c_void_p, c_uint32, c_void_p, c_void_p),
    ),
    (
        "clEnqueueReadBuffer",
        (c_void_p, c_void_p, c_uint32, c_size_t, c_size_t, c_void_p, c_uint32, c_void_p, c_void_p),
    ),
    ("clFlush", (c_void_p,)),
    ("clFinish", (c_void_p,)),
    ("clReleaseMemObject", (c_void_p,)),
    ("clReleaseKernel", (c_void_p,)),
    ("clReleaseProgram", (c_void_p,)),
)
_MAKERS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("clCreateContext", (c_void_p, c_uint32, c_void_p, c_void_p, c_void_p, c_void_p)),
    ("clCreateCommandQueue", (c_void_p, c_void_p, c_uint64, c_void_p)),
    ("clCreateProgramWithSource", (c_void_p, c_uint32, c_void_p, c_void_p, c_void_p)),
    ("clCreateKernel", (c_void_p, c_char_p, c_void_p)),
    ("clCreateBuffer", (c_void_p, c_uint64, c_size_t, c_void_p, c_void_p)),
)


class OpenCLError(RuntimeError):
    """A call returned an error code."""


class OpenCL:
    """The loader's functions, with error codes as exceptions: `cl.Finish(queue)` for clFinish."""

    def __init__(self) -> None:
        path = ctypes.util.find_library("OpenCL")
        if path is None:
            raise OSError("The OpenCL loader (libOpenCL) is not installed.")
        library = ctypes.CDLL(path)
        for name, arguments in _STATUS:
            function = library[name]
            function.argtypes, function.restype = arguments, c_int32
            setattr(self, name[2:], self._checked(name, function))
        for name, arguments in _MAKERS:
            function = library[name]
            function.argtypes, function.restype = arguments, c_void_p
            setattr(self, name[2:], self._making(name, function))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"cl{name} is not among the functions that the benchmark calls.")

    @staticmethod
    def _checked(name: str, function: Any) -> Any:
        def call(*arguments: Any) -> None:
            code = function(*arguments)
            if code != 0:
                raise OpenCLError(f"{name} fails (error {code}).")

        return call

    @staticmethod
    def _making(name: str, function: Any) -> Any:
        def call(*arguments: Any) -> int:
            code = c_int32(0)
            made = function(*arguments, byref(code))
            if code.value != 0:
                raise OpenCLError(f"{name} fails (error {code.value}).")
            return int(made)

        return call

    def text(self, query: Any, *which: Any) -> str:
        """What an information query answers, as text."""
        length = c_size_t(0)
        query(*which, 0, None, byref(length))
        value = create_string_buffer(length.value)
        query(*which, length.value, value, None)
        return value.value.decode(errors="replace")

    def cpu(self) -> tuple[int, int]:
        """The platform and the device of the first CPU."""
        platforms = (c_void_p * 16)()
        count = c_uint32(0)
        self.GetPlatformIDs(16, platforms, byref(count))
        for platform in platforms[: count.value]:
            device = c_void_p()
            try:
                self.GetDeviceIDs(platform, DEVICE_TYPE_CPU, 1, byref(device), None)
            except OpenCLError:
                continue
            return int(platform or 0), int(device.value or 0)
        raise OpenCLError("No OpenCL platform has a CPU.")
