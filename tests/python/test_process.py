"""What PyMetal does to the process around it: import, signals, exit, memory, other LLVMs."""

from __future__ import annotations

import os
import textwrap
from typing import Any

import pytest
from child_process import PRELUDE
from child_process import run_python as python


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
    done = python(code, prelude="", env={**os.environ, "PYMETAL_CACHE": "0"})
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
    done = python(code, prelude="", env={**os.environ, "PYTHONPATH": str(tmp_path), "PYMETAL_CACHE": "0"})
    assert done.stdout.count("The compiler cannot be loaded (") == 2, done.stderr


def test_exit_while_many_daemon_threads_wait() -> None:
    code = """
    import threading
    event = device.new_shared_event()
    commands = queue.command_buffer()
    commands.encode_wait_for_event(event, 1)
    commands.commit()
    full = device.new_command_queue(1)
    stuck = full.command_buffer()
    stuck.encode_wait_for_event(event, 1)
    stuck.commit()
    for wait in (commands.wait_until_completed, lambda: event.wait_until_signaled(1), full.command_buffer):
        for _ in range(4):
            threading.Thread(target=wait, daemon=True).start()
    """
    for _ in range(5):
        done = python(code)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("body", ["time.sleep(1000)", "while True: pass", "pass"])
def test_exit_while_a_handler_runs(body: str) -> None:
    code = f"""
    import threading, time
    begun = threading.Event()
    def handle(commands):
        begun.set()
        {body}
    for _ in range(3):
        commands = queue.command_buffer()
        commands.add_completed_handler(handle)
        commands.commit()
    begun.wait()
    """
    done = python(code)
    assert (done.returncode, done.stderr) == (0, "")


def test_wait_in_an_exit_function() -> None:
    code = """
    import atexit
    def finish():
        commands, buffer = start(INCREMENT, 5)
        print(commands.wait_until_completed(), buffer.contents()[0])
    atexit.register(finish)
    """
    # Registered both after and before the import of PyMetal: one runs before its own exit function, one after.
    late = python(code)
    assert (late.returncode, late.stdout, late.stderr) == (0, "True 5\n", "")
    early = python("", prelude=textwrap.dedent(code) + PRELUDE)
    assert (early.returncode, early.stdout, early.stderr) == (0, "True 5\n", "")


def test_fork() -> None:
    code = """
    import os, sys
    commands, buffer = start(INCREMENT, 100)
    commands.wait_until_completed()
    queue.label = "old"
    event = device.new_shared_event()
    waiting = queue.command_buffer()
    waiting.encode_wait_for_event(event, 1)
    waiting.commit()
    child = os.fork()
    if child == 0:
        for call in (queue.command_buffer, waiting.wait_until_completed):
            try:
                call()
            except pm.ResourceError as error:
                print(error)
        queue = device.new_command_queue()
        commands, own = start(INCREMENT, 5000, 10)
        commands.future().result(60)
        print(own.contents().view(np.int32)[0], buffer.contents()[0])
        buffer.contents()[0] = 1
        sys.stdout.flush()
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    event.signaled_value = 1
    waiting.wait_until_completed()
    print(waiting.status.name, buffer.contents()[0])
    """
    done = python(code)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Command queue 'old' was made before the process was forked")
    assert lines[1].startswith("Command buffer was made before the process was forked")
    assert lines[2:] == ["5000 100", "Completed 100"]


def test_subinterpreters_are_refused() -> None:
    interpreters = pytest.importorskip("_xxsubinterpreters", reason="this Python has no such module")
    assert interpreters is not None
    code = """
    import _xxsubinterpreters as interpreters
    for _ in range(2):
        try:
            interpreters.run_string(interpreters.create(), "import pymetal")
        except interpreters.RunFailedError as error:
            print(error)
        import pymetal
    """
    done = python(code, prelude="")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("PyMetal runs in the main interpreter only; a subinterpreter cannot import it.") == 2


LOGS = """
source = "#include <metal_logging>\\nkernel void k(device int *x, uint i [[thread_position_in_grid]]) {"
source += 'os_log_default.log("message %u", i); }'
"""


def test_messages_of_shaders_go_to_stderr_without_logging() -> None:
    done = python("start(source, 3)[0].wait_until_completed()", prelude=PRELUDE + LOGS)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stderr.splitlines()) == [f"[pymetal] message {i}" for i in range(3)]


def test_no_message_of_a_shader_is_lost_at_exit(tmp_path: Any) -> None:
    """The exit function waits for a command buffer while the interpreter ends: late messages are there as well."""
    code = f"""
    import atexit, logging
    logging.basicConfig(filename={str(tmp_path / "log")!r}, level=logging.INFO, format="%(name)s %(message)s")
    atexit.register(lambda: start(source, 200, 50)[0].wait_until_completed())
    start(source, 100, 25)[0].wait_until_completed()
    """
    done = python(code, prelude=PRELUDE + LOGS)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "log").read_text().splitlines() + done.stderr.splitlines()
    late = [line.split()[-1] for line in lines]
    assert sorted(late, key=int) == sorted([str(i) for i in [*range(100), *range(200)]], key=int)
