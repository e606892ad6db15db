"""Hand-written C++, compiled by g++ for this machine, with OpenMP."""

from __future__ import annotations

import ctypes
import hashlib
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.compute.peers import Absent
from benchmarks.compute.peers.host_arrays import HostTask
from benchmarks.compute.row import Argument, Array, Problem, Row

FAST = ("-O3", "-march=native", "-ffast-math", "-fopenmp")


def compile_shared(source: str, options: tuple[str, ...]) -> ctypes.CDLL:
    """Compile and load, without a cache."""
    with tempfile.TemporaryDirectory(prefix="pymetal-benchmark-") as folder:
        name = hashlib.sha256(source.encode()).hexdigest()[:16]
        text, code, library = (Path(folder, f"{name}{suffix}") for suffix in (".cpp", ".o", ".so"))
        text.write_text(source, encoding="utf-8")
        # Linked with -ffast-math, a library flushes the subnormals of whoever loads it.
        link = [option for option in options if option != "-ffast-math"]
        for command in (
            ["g++", "-std=c++17", "-w", "-fPIC", *options, "-c", "-o", str(code), str(text)],
            ["g++", "-shared", *link, "-o", str(library), str(code), "-lm"],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(done.stderr[:2000])
        return ctypes.CDLL(str(library))


def to_c(argument: Argument, arrays: dict[str, Array]) -> Any:
    if isinstance(argument, str):
        return ctypes.c_void_p(arrays[argument].ctypes.data)
    return {"float32": ctypes.c_float, "uint32": ctypes.c_uint32}[argument.dtype.name](argument.item())


class CppPeer:
    def __init__(self, options: tuple[str, ...], how: str) -> None:
        self.options = options
        try:
            version = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise Absent("g++ is not installed") from error
        self.description = f"g++ {version.strip()} {how}: {' '.join(options)}"

    def prepare(self, row: Row, problem: Problem, salt: int) -> HostTask:
        if not row.cpp:
            raise Absent("no such operation")
        function = compile_shared(row.cpp.replace("SALT", str(salt)), self.options)[
            problem.command_buffers[0][0].kernel if row.kind == "compile" else row.name
        ]
        function.restype = None

        def bind(arrays: dict[str, Array]) -> Any:
            return partial(function, *(to_c(argument, arrays) for argument in problem.arguments))

        return HostTask(problem, bind)


def make_peer() -> CppPeer:
    return CppPeer(FAST, "with OpenMP")
