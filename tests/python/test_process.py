"""What PyMetal does to the process around it: import, signals, exit, memory, other LLVMs."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

PRELUDE = """
import numpy as np, pymetal as pm
device = pm.create_system_default_device()
queue = device.new_command_queue()
def start(source, grid, group=1):
    library = device.new_library_with_source("#include <metal_stdlib>\\nusing namespace metal;\\n" + source)
    pipeline = device.new_compute_pipeline_state(library.new_function("k"))
    buffer = device.new_buffer(4096)
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(buffer, 0, 0)
    encoder.dispatch_threads(grid, 1, 1, group, 1, 1)
    encoder.end_encoding()
    commands.commit()
    return commands, buffer
ENDLESS = "kernel void k(device atomic_int *x) { while (atomic_load_explicit(x, memory_order_relaxed) == 0) {} }"
INCREMENT = "kernel void k(device atomic_int *x) { atomic_fetch_add_explicit(x, 1, memory_order_relaxed); }"
"""


def python(code: str, prelude: str = PRELUDE, **keywords: Any) -> subprocess.CompletedProcess[str]:
    program = prelude + textwrap.dedent(code)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, **keywords)


def test_import_loads_no_compiler() -> None:
    code = """
    import pymetal as pm
    maps = open("/proc/self/maps").read()
    assert "libpymetal.so" in maps and "libpymetal_compiler" not in maps
    device = pm.create_system_default_device()
    device.new_buffer(64)
    assert "libpymetal_compiler" not in open("/proc/self/maps").read()
    device.new_library_with_source("kernel void f(device int *x) {}")
    assert "libpymetal_compiler" in open("/proc/self/maps").read()
    """
    done = python(code, prelude="")
    assert done.returncode == 0, done.stderr


def test_import_brings_little_beside_numpy() -> None:
    code = """
    import numpy, sys
    before = set(sys.modules)
    import pymetal
    new = sorted(m.split(".")[0] for m in set(sys.modules) - before)
    print(*sorted(set(new)))
    """
    done = python(code, prelude="")
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= {"__future__", "atexit", "pymetal"}


@pytest.mark.parametrize("order", ["numba first", "pymetal first"])
def test_runs_beside_numba(order: str) -> None:
    numba = """
import numba
@numba.njit
def twice(x):
    return 2 * x + 1
"""
    pymetal = PRELUDE + "commands, buffer = start(INCREMENT, 100)\ncommands.wait_until_completed()\n"
    check = "assert twice(20) == 41\nassert buffer.contents()[0] == 100\n"
    first, second = (numba, pymetal) if order == "numba first" else (pymetal, numba)
    again = "commands, more = start(INCREMENT, 7)\ncommands.wait_until_completed()\nassert more.contents()[0] == 7\n"
    done = python("", prelude=first + second + check + again + check)
    assert done.returncode == 0, done.stderr


def test_interrupt_ends_a_wait() -> None:
    code = """
    import os, signal, threading
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the shell may have had it ignored
    commands, buffer = start(ENDLESS, 1)
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        commands.wait_until_completed()
    except KeyboardInterrupt:
        print("interrupted")
    np.frombuffer(buffer.contents(), np.int32)[0] = 1
    commands.wait_until_completed()
    print(commands.status.name)
    """
    done = python(code)
    assert done.stdout.split() == ["interrupted", "Completed"], done.stderr


def test_exit_with_work_in_flight() -> None:
    code = """
    first, buffer = start(ENDLESS, 4)
    later = [start(INCREMENT, 1000, 10) for _ in range(20)]
    first.wait_until_scheduled()
    print("leaving")
    """
    done = python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "leaving\n", "")


def test_exit_while_another_thread_waits() -> None:
    code = """
    import threading
    commands, buffer = start(ENDLESS, 1)
    threading.Thread(target=commands.wait_until_completed, daemon=True).start()
    commands.wait_until_scheduled()
    """
    done = python(code)
    assert (done.returncode, done.stderr) == (0, "")


def test_exception_while_work_is_in_flight() -> None:
    done = python("commands, buffer = start(ENDLESS, 1)\nraise SystemExit(3)")
    assert (done.returncode, done.stderr) == (3, "")


def test_allocation_failure() -> None:
    code = """
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    length = min(device.max_buffer_length, 1 << 40)
    kept = []
    try:
        for _ in range(1000):
            kept.append(device.new_buffer(min(length, 1 << 30)))
    except pm.ResourceError as error:
        print(error)
    count = len(kept)
    kept.clear()
    small = device.new_buffer(1 << 20)
    print(count > 0, device.current_allocated_size == 1 << 20)
    """
    done = python(code)
    assert "no memory for a resource of that length (" in done.stdout, done.stderr
    assert done.stdout.splitlines()[-1] == "True True"


def test_compiler_library_is_missing(tmp_path: Any) -> None:
    import shutil
    from pathlib import Path

    import pymetal

    package = Path(pymetal.__file__).parent
    shutil.copytree(package, tmp_path / "pymetal", ignore=shutil.ignore_patterns("libpymetal_compiler*", "__pycache__"))
    code = """
    import pymetal as pm
    device = pm.create_system_default_device()
    for _ in range(2):
        try:
            device.new_library_with_source("")
        except pm.ResourceError as error:
            print(error)
    """
    done = python(code, prelude="", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.stdout.count("The compiler cannot be loaded (") == 2, done.stderr
