"""Validation: touches of buffers that race with the commands are found, told, and made safe."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
import ctypes, faulthandler, sys, threading, warnings
import numpy as np, pymetal as pm
device = pm.create_system_default_device()
queue = device.new_command_queue()
buffer = device.new_buffer(1 << 20)
buffer.label = "particles"
view = np.asarray(buffer)
event = device.new_shared_event()

def start(write=True):
    # Incomplete until a timer signals, 50 ms from now.
    value = event.signaled_value + 1
    commands = queue.command_buffer()
    commands.label = "frame"
    commands.encode_wait_for_event(event, value)
    with commands.blit_command_encoder() as blit:
        blit.label = "fill"
        if write:
            blit.fill_buffer(buffer, pm.Range(0, buffer.length), 7)
        else:
            blit.copy_from_buffer(buffer, 0, device.new_buffer(buffer.length), 0, buffer.length)
    commands.commit()
    threading.Timer(0.05, setattr, (event, "signaled_value", value)).start()
    return commands

def caught(function):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        result = function()
    return result, [str(w.message) for w in found if w.category is pm.HazardWarning]
"""
READS = "The host reads the contents of Buffer 'particles' while Command buffer 'frame' is committed and not complete"
WRITES = READS.replace("reads the contents", "writes to the contents")


def run(code: str, mode: str = "1", *options: str, prelude: str = PRELUDE) -> subprocess.CompletedProcess[str]:
    program = prelude + textwrap.dedent(code)
    environment = {**os.environ, "PYMETAL_VALIDATION": mode}
    command = [sys.executable, *options, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)


def check(code: str, mode: str = "1", *options: str) -> str:
    done = run(code, mode, *options)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


# Each touch reads the first byte; NumPy, memoryview, bytes and C code.
READERS = {
    "numpy element": "int(view[0])",
    "numpy copy of all": "int(view.copy()[0])",
    "numpy reduction, which releases the GIL": "int(view.max())",
    "memoryview": "memoryview(buffer)[0]",
    "bytes": "bytes(buffer)[0]",
    "contents": "int(buffer.contents()[0])",
    "frombuffer": "np.frombuffer(buffer.contents(), np.uint16)[0] & 255",
    "C code": "ctypes.string_at(view.ctypes.data, 1)[0]",
}


@pytest.mark.parametrize("reader", READERS)
def test_read_while_written(reader: str) -> None:
    out = check(
        f"""
        commands = start()
        value, found = caught(lambda: {READERS[reader]})
        assert value == 7, value
        assert commands.wait_until_completed(0.05)
        print(len(found), found[0])
        """
    )
    assert out.startswith("1 " + READS)
    assert "its pass Blit command encoder 'fill' may write them" in out
    assert "in <lambda>" in out, "the stack names the code that touched"


WRITERS = {
    "numpy element": "view.__setitem__(0, 9)",
    "numpy fill": "view.fill(9)",
    "memoryview": "memoryview(buffer).__setitem__(0, 9)",
    "C code": "ctypes.memset(view.ctypes.data, 9, 1)",
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("device_writes", [True, False])
def test_write_while_used(writer: str, device_writes: bool) -> None:
    out = check(
        f"""
        commands = start({device_writes})
        _, found = caught(lambda: {WRITERS[writer]})
        assert commands.wait_until_completed(0.05)
        assert view[0] == 9
        print(len(found), found[0])
        """
    )
    assert out.startswith("1 " + WRITES)
    assert f"may {'write' if device_writes else 'read'} them" in out


def test_reading_what_is_read_is_no_hazard() -> None:
    check(
        """
        commands = start(False)
        assert caught(lambda: int(view.sum())) == (0, [])
        assert commands.status < pm.CommandBufferStatus.Completed
        commands.wait_until_completed()
        """
    )


def test_kernels_read_and_write_as_their_arguments_tell() -> None:
    check(
        """
        library = device.new_library_with_source(
            "kernel void k(device const uint *a [[buffer(0)]], device uint *b [[buffer(1)]]) { b[0] = a[0]; }")
        pipeline = device.new_compute_pipeline_state(library.new_function("k"))
        a, b = device.new_buffer_with_data(np.uint32([5])), device.new_buffer(4)
        with queue.command_buffer() as commands:
            commands.encode_wait_for_event(event, 1)
            with commands.compute_command_encoder() as encoder:
                encoder.set_compute_pipeline_state(pipeline)
                encoder.set_buffer(a, 0, 0)
                encoder.set_buffer(b, 0, 1)
                encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
        assert caught(lambda: a.contents()[0]) == (5, [])
        threading.Timer(0.05, setattr, (event, "signaled_value", 1)).start()
        value, found = caught(lambda: b.contents()[0])
        assert value == 5 and len(found) == 1
        """
    )


def test_no_hazard_before_and_after() -> None:
    check(
        """
        def all_right():
            view[:] = 1
            start().wait_until_completed()
            assert set(view) == {7}
            view[:] = 2
            start(False).wait_until_completed()
            view[:] = 3
        assert caught(all_right) == (None, [])
        """
    )


def test_other_threads_touch() -> None:
    check(
        """
        def work(results):
            results.append(int(view[5]))
        commands = start()
        results = []
        def both():
            threads = [threading.Thread(target=work, args=(results,)) for _ in range(3)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
        _, found = caught(both)
        assert results == [7] * 3
        assert 1 <= len(found) <= 3, found
        """
    )


def test_strict_raises_at_the_next_call() -> None:
    out = check(
        """
        commands = start()
        assert view[0] == 7
        try:
            queue.command_buffer()
        except pm.ThreadingError as error:
            print(error)
        queue.command_buffer()
        """,
        "strict",
    )
    assert out.startswith(READS)
    assert "The touch:" in out


CALLS = {
    "new_buffer": "device.new_buffer(1)",
    "contents": "buffer.contents()",
    "command_buffer": "queue.command_buffer()",
    "wait_until_completed": "commands.wait_until_completed()",
    "commit": "idle.commit()",
    "encoder": "encoder.set_bytes(b'1234', 0)",
}


@pytest.mark.parametrize("call", CALLS)
def test_every_call_is_a_next_call(call: str) -> None:
    code = f"""
    idle = queue.command_buffer()
    encoder = queue.command_buffer().compute_command_encoder()
    commands = start()
    view[0]
    {CALLS[call]}
    """
    done = run(code, "strict")
    assert done.returncode == 1
    assert f"ThreadingError: {READS}" in done.stderr


def test_warnings_as_errors_raise_at_the_next_call() -> None:
    done = run("start()\nview[0]\nqueue.command_buffer()", "1", "-W", "error")
    assert f"ThreadingError: {READS}" in done.stderr


def test_release_of_an_unretained_buffer() -> None:
    out = check(
        """
        def lose():
            commands = queue.command_buffer_with_unretained_references()
            commands.label = "loose"
            commands.encode_wait_for_event(event, 1)
            lost = device.new_buffer(64)
            lost.label = "lost"
            with commands.blit_command_encoder() as blit:
                blit.fill_buffer(lost, pm.Range(0, 64), 1)
            del blit
            commands.commit()
            del lost
            event.signaled_value = 1
            commands.wait_until_completed()
        print(*caught(lose)[1])
        """
    )
    assert "Buffer 'lost' is released while Command buffer 'loose', which retains no references, is committed" in out


def test_a_touch_that_the_commands_wait_for() -> None:
    """The commands wait for this very thread: the touch goes through in the end, instead of hanging."""
    code = """
    commands = queue.command_buffer()
    commands.encode_wait_for_event(event, 1)
    with commands.blit_command_encoder() as blit:
        blit.fill_buffer(buffer, pm.Range(0, 64), 7)
    commands.commit()
    value, found = caught(lambda: int(view[0]))
    event.signaled_value = 1
    print(value, len(found), commands.wait_until_completed(10))
    """
    environment = {**os.environ, "PYMETAL_VALIDATION": "1", "PYMETAL_WAIT_TIMEOUT": "0.2"}
    program = PRELUDE + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0 1 ")


def test_faults_of_others_stay_theirs() -> None:
    done = run("faulthandler.enable()\nctypes.string_at(8)")
    assert done.returncode == -11
    done = run("start().wait_until_completed()\nctypes.string_at(8)")
    assert done.returncode == -11


def test_system_calls_fail_instead() -> None:
    """The kernel reports a closed mapping as an error of the call."""
    out = check(
        """
        commands = start()
        try:
            with open("/dev/zero", "rb", buffering=0) as file: file.readinto(view)
        except OSError as error:
            print(error.strerror)
        commands.wait_until_completed()
        """
    )
    assert out == "Bad address\n"


@pytest.mark.parametrize("mode", ["", "0"])
def test_off_maps_once_and_installs_nothing(mode: str) -> None:
    code = """
    commands = start()
    assert caught(lambda: int(view[0])) == (0, [])
    assert buffer.gpu_address == view.ctypes.data
    maps = open("/proc/self/maps").read()
    assert "pymetal-buffer" not in maps
    status = open("/proc/self/status").read()
    caught_signals = int(status.split("SigCgt:")[1].split()[0], 16)
    assert not caught_signals >> 10 & 1, "SIGSEGV has a handler"
    commands.wait_until_completed()
    """
    assert check(code, mode) == ""


def test_on_maps_twice() -> None:
    check("assert buffer.gpu_address != view.ctypes.data\nassert 'pymetal-buffer' in open('/proc/self/maps').read()")


def test_many_buffers_and_rounds_under_validation() -> None:
    out = check(
        """
        buffers = [device.new_buffer(4096) for _ in range(50)]
        def work():
            for round in range(100):
                with queue.command_buffer() as commands:
                    with commands.blit_command_encoder() as blit:
                        for buffer in buffers:
                            blit.fill_buffer(buffer, pm.Range(0, 4096), round)
                commands.wait_until_completed()
                for buffer in buffers:
                    assert buffer.contents()[4095] == round
                    buffer.contents()[0] = 255
        print(caught(work)[1])
        """
    )
    assert out == "[]\n"
