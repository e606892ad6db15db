"""The cache of compiled libraries and kernels: used across processes, and never the cause of a wrong result."""

from __future__ import annotations

import os
import platform
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# Compiles the file argv[1] with what follows as macros, runs kernel k, and prints x[0] and whether the compiler was loaded.
PROGRAM = """
import sys
import numpy as np
import pymetal as pm
path, *macros = sys.argv[1:]
device = pm.create_system_default_device()
options = pm.CompileOptions()
options.preprocessor_macros = dict(macro.split("=") for macro in macros)
library = device.new_library_with_file(path, options)
constants = pm.FunctionConstantValues()
constants.set_constant_value(int(options.preprocessor_macros.get("CONSTANT", "0")), pm.DataType.Int, 0)
pipeline = device.new_compute_pipeline_state(library.new_function("k", constants))
buffer = device.new_buffer(4096)
commands = device.new_command_queue().command_buffer()
encoder = commands.compute_command_encoder()
encoder.set_compute_pipeline_state(pipeline)
encoder.set_buffer(buffer, 0, 0)
encoder.dispatch_threads(32, 1, 1, 32, 1, 1)
encoder.end_encoding()
commands.commit()
commands.wait_until_completed()
loaded = "libpymetal_compiler" in open("/proc/self/maps").read()
print(np.frombuffer(buffer.contents(), dtype=np.int32)[0], "compiled" if loaded else "cached", len(library.warnings))
"""

KERNEL = """
#include <metal_stdlib>
using namespace metal;
constant int c [[function_constant(0)]];
#ifndef VALUE
#define VALUE 7
#endif
kernel void k(device int *x, uint i [[thread_position_in_grid]]) {
  threadgroup int shared[32];
  shared[i] = VALUE + c;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  x[i] = simd_sum(shared[31 - i]) / 32;
}
"""


class Runner:
    """Runs the program in processes that share one cache."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.source = folder / "kernel.metal"
        self.source.write_text(KERNEL)
        self.environment = {**os.environ, "PYMETAL_CACHE_DIR": str(self.cache)}

    def start(self, *macros: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.source), *macros],
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *macros: str, **environment: str) -> tuple[int, str]:
        """The result of the kernel, and "compiled" or "cached"."""
        value, how, _ = self.finish(self.start(*macros, **environment))
        return int(value), how

    @staticmethod
    def finish(process: subprocess.Popen[str]) -> list[str]:
        out, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
        return out.split()

    def entries(self) -> list[Path]:
        return sorted(self.cache.iterdir())


@pytest.fixture
def run_program(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_a_later_process_needs_no_compiler(run_program: Runner) -> None:
    assert run_program() == (7, "compiled")
    assert len(run_program.entries()) == 4
    assert run_program() == (7, "cached")
    assert len(run_program.entries()) == 4


def test_all_that_matters_is_in_the_key(run_program: Runner) -> None:
    assert run_program() == (7, "compiled")
    assert run_program("VALUE=8") == (8, "compiled")
    assert run_program("CONSTANT=100") == (107, "compiled")
    run_program.source.write_text(KERNEL.replace("shared[31 - i]", "shared[31 - i] + 1"))
    assert run_program() == (8, "compiled")
    run_program.source.write_text(KERNEL)
    assert run_program() == (7, "cached")
    assert run_program("VALUE=8") == (8, "cached")
    assert run_program("CONSTANT=100") == (107, "cached")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the levels are those of x86-64")
def test_the_processor_is_in_the_key(run_program: Runner) -> None:
    assert run_program() == (7, "compiled")
    assert run_program(PYMETAL_CPU="x86-64-v2") == (7, "compiled")
    assert run_program(PYMETAL_CPU="x86-64-v2") == (7, "cached")
    assert run_program(PYMETAL_CPU="native") == (7, "cached")


def test_included_files_are_compared(run_program: Runner, tmp_path: Path) -> None:
    (tmp_path / "value.h").write_text('#include "inner/deeper.h"\n')
    (tmp_path / "inner").mkdir()
    deeper = tmp_path / "inner" / "deeper.h"
    deeper.write_text("#define VALUE 3\n")
    text = '#include "value.h"\n#if __has_include("absent.h")\n#include "absent.h"\n#endif\n'
    run_program.source.write_text(text + KERNEL)
    assert run_program() == (3, "compiled")
    assert run_program() == (3, "cached")
    deeper.write_text("#define VALUE 4\n")
    assert run_program() == (4, "compiled")
    assert run_program() == (4, "cached")
    # A file that was looked for in vain, and now is there.
    (tmp_path / "absent.h").write_text("#undef VALUE\n#define VALUE 5\n")
    assert run_program() == (5, "compiled")
    assert run_program() == (5, "cached")
    (tmp_path / "absent.h").unlink()
    assert run_program() == (4, "compiled")


def test_the_time_of_day_is_not_cached(run_program: Runner) -> None:
    paste = "#define JOIN(a, b) a##b\nconstant char time[] = JOIN(__TI, ME__);\n"
    run_program.source.write_text(
        KERNEL.replace("VALUE + c", "VALUE + c + time[0] * 0").replace("constant int c", paste + "constant int c")
    )
    assert run_program() == (7, "compiled")
    assert run_program() == (7, "compiled")


def test_warnings_are_kept(run_program: Runner) -> None:
    run_program.source.write_text('#warning "look here"\n' + KERNEL)
    first = run_program.finish(run_program.start())
    second = run_program.finish(run_program.start())
    assert [first[1], second[1]] == ["compiled", "cached"]
    assert first[2] == second[2] == "1"


def test_altered_entries_are_compiled_again(run_program: Runner) -> None:
    assert run_program() == (7, "compiled")
    whole = {path: path.read_bytes() for path in run_program.entries()}
    chance = random.Random(1)
    for path, contents in whole.items():
        for cut in (len(contents) // 2, len(contents) - 1):
            path.write_bytes(contents[:cut])
            assert run_program()[0] == 7
        for _ in range(1):
            altered = bytearray(contents)
            altered[chance.randrange(len(contents))] ^= 1 << chance.randrange(8)
            path.write_bytes(altered)
            assert run_program()[0] == 7
    for path in whole:
        path.write_bytes(b"")
    assert run_program() == (7, "compiled")
    assert run_program() == (7, "cached")


def test_entries_may_vanish(run_program: Runner) -> None:
    """Each subset of the entries is enough to go on with."""
    assert run_program() == (7, "compiled")
    whole = {path: path.read_bytes() for path in run_program.entries()}
    for kept in range(16):
        for index, (path, contents) in enumerate(whole.items()):
            path.unlink(missing_ok=True)
            if kept >> index & 1:
                path.write_bytes(contents)
        assert run_program()[0] == 7


def test_many_processes_at_once(run_program: Runner) -> None:
    processes = [run_program.start(f"VALUE={i % 3}") for i in range(9)]
    assert [Runner.finish(process)[0] for process in processes] == [str(i % 3) for i in range(9)]
    assert run_program("VALUE=2") == (2, "cached")
    assert not [path for path in run_program.entries() if path.name.startswith("write-")]


def test_it_can_be_moved_and_disabled(run_program: Runner, tmp_path: Path) -> None:
    for environment, folder in (
        ({"PYMETAL_CACHE": "0"}, None),
        ({"PYMETAL_CACHE_DIR": "", "XDG_CACHE_HOME": str(tmp_path / "xdg")}, tmp_path / "xdg" / "pymetal"),
        (
            {"PYMETAL_CACHE_DIR": "", "XDG_CACHE_HOME": "relative", "HOME": str(tmp_path / "home")},
            tmp_path / "home" / ".cache" / "pymetal",
        ),
        ({"PYMETAL_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": ""}, None),
    ):
        assert run_program(**environment) == (7, "compiled")
        assert not run_program.cache.exists()
        if folder is not None:
            assert len(list(folder.iterdir())) == 4
            assert folder.stat().st_mode & 0o777 == 0o700
        assert run_program(**environment) == (7, "cached" if folder is not None else "compiled")


def test_a_folder_that_cannot_be_used_is_no_error(run_program: Runner, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    for folder in (tmp_path / "file", tmp_path / "file" / "cache", Path("/proc/nothing"), shared):
        assert run_program(PYMETAL_CACHE_DIR=str(folder)) == (7, "compiled")
    assert not list(shared.iterdir())


def test_errors_are_not_kept(run_program: Runner) -> None:
    run_program.source.write_text(KERNEL + "error")
    for _ in range(2):
        process = run_program.start()
        _, error = process.communicate(timeout=120)
        assert "Library compilation failed" in error
    assert not run_program.cache.exists()


def test_a_file_changed_behind_a_library(run_program: Runner, tmp_path: Path) -> None:
    """A library whose bitcode is gone, and whose source is not what it was, says so."""
    header = tmp_path / "value.h"
    header.write_text("#define VALUE 3\n")
    run_program.source.write_text('#include "value.h"\n' + KERNEL)
    assert run_program() == (3, "compiled")
    code = PROGRAM.replace(
        "constants = pm",
        f"import pathlib; [p.unlink() for p in pathlib.Path({str(run_program.cache)!r}).iterdir()]\n"
        f"pathlib.Path({str(header)!r}).write_text('#define VALUE 4')\nconstants = pm",
        1,
    )
    arguments: list[Any] = [sys.executable, "-c", code, str(run_program.source)]
    done = subprocess.run(arguments, env=run_program.environment, capture_output=True, text=True, timeout=120)
    assert "PipelineError: The library must be compiled again, and a file that it includes has changed (" in done.stderr
