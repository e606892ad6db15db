"""Accesses outside of what a kernel was given: the checked executor finds each, and the process survives all."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Dispatch = Callable[..., pm.CommandBuffer]
READ = "device float *in [[buffer(0)]], device float *out [[buffer(1)]], uint i [[thread_position_in_grid]]"


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYMETAL_EXECUTOR", "checked")


@pytest.fixture
def dispatch(queue: pm.CommandQueue, make_pipeline: Callable[..., pm.ComputePipelineState]) -> Dispatch:
    """Runs 8 threads on buffers of 64 floats, some of them used and not bound, and returns the command buffer."""

    def run(source: str, *buffers: pm.Buffer, uses: tuple[pm.Buffer, ...] = (), bytes_at_2: bytes = b"") -> Any:
        pipeline = make_pipeline(source)
        commands = queue.command_buffer()
        encoder = commands.compute_command_encoder()
        encoder.set_compute_pipeline_state(pipeline)
        for index in range(2):
            encoder.set_buffer(buffers[index] if index < len(buffers) else queue.device.new_buffer(256), 0, index)
        if bytes_at_2:
            encoder.set_bytes(bytes_at_2, len(bytes_at_2), 2)
        encoder.set_threadgroup_memory_length(32, 0)
        for buffer in uses:
            encoder.use_resource(buffer, pm.ResourceUsage.Read | pm.ResourceUsage.Write)
        encoder.dispatch_threads(8, 1, 1, 8, 1, 1)
        encoder.end_encoding()
        commands.commit()
        commands.wait_until_completed()
        return commands

    return run


def message_of(commands: pm.CommandBuffer) -> str:
    assert commands.status == pm.CommandBufferStatus.Error
    assert commands.error is not None
    assert commands.error.kind == pm.CommandBufferError.PageFault
    return commands.error.message


BAD = [
    (
        "out[i + 60] = 1;",
        r"'k' writes 4 bytes at offset \(256\) of argument 'out' at buffer index 1, which has 256 byt",
    ),
    ("out[i] = in[i * 16];", r"reads 4 bytes at offset \(256\) of argument 'in' at buffer index 0.*thread 4, 0, 0 of"),
    ("out[int(i) - 1] = 1;", r"writes 4 bytes at offset \(-4\) of argument 'out'.*\(thread 0, 0, 0 of the grid\)"),
    ("out[i] = ((device float4 *)in)[i + 9].w;", r"reads 4 bytes at offset \(268\) of argument 'in'"),
    ("((device char *)out)[255 + i] = 1;", r"writes 1 byte at offset \(256\)"),
    (
        "atomic_fetch_add_explicit((device atomic_uint *)out + i * 64, 1u, memory_order_relaxed);",
        r"writes 4 bytes at offset \(256\) of argument 'out'",
    ),
    ("out[i] = table[i];", r"reads 4 bytes at offset \(16\) of a constant of program scope, which has 16 bytes"),
    (
        "threadgroup float t[4]; t[i] = i; threadgroup_barrier(mem_flags::mem_threadgroup); out[i] = t[3];",
        r"writes 4 bytes at offset \(16\) of its threadgroup variables, which have 16 bytes in all",
    ),
    ("struct S { float a[20]; }; ((device S *)out)[i] = ((device S *)in)[0];", r"writes .*argument 'out'"),
    (
        "device float *p = in[0] == 0 ? nullptr : out; p[i] = 1;",
        r"writes 4 bytes at address \(0x0\), where it has no m",
    ),
]


@pytest.mark.parametrize(("statement", "match"), BAD, ids=range(len(BAD)))
def test_what_is_outside_is_found(checked: None, dispatch: Dispatch, statement: str, match: str) -> None:
    source = f"constant float table[4] = {{1, 2, 3, 4}}; kernel void k({READ}) {{ {statement} }}"
    assert re.search(match, message_of(dispatch(source)))


def test_threadgroup_arguments(checked: None, dispatch: Dispatch) -> None:
    source = "kernel void k(device float *out, threadgroup float *t, uint i [[thread_position_in_grid]]) { %s }"
    body = "t[i] = i; threadgroup_barrier(mem_flags::mem_threadgroup); out[i] = t[7 - i];"
    assert dispatch(source % body).error is None
    text = message_of(dispatch(source % body.replace("7 - i", "8 - i")))
    assert "reads 4 bytes at offset (32) of argument 't' at threadgroup memory index 0, which has 32 bytes" in text


def test_bytes_have_a_length(checked: None, dispatch: Dispatch) -> None:
    source = f"kernel void k({READ}, constant int *n [[buffer(2)]]) {{ out[i] = n[i]; }}"
    assert dispatch(source, bytes_at_2=bytes(32)).error is None
    assert "offset (28) of argument 'n' at buffer index 2, which has 28" in message_of(
        dispatch(source, bytes_at_2=bytes(28))
    )


def test_offsets_of_buffers_count(checked: None, queue: pm.CommandQueue, make_pipeline: Any) -> None:
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(make_pipeline("kernel void k(device int *x) { x[1] = 5; }"))
    encoder.set_buffer(queue.device.new_buffer(64), 60, 0)
    encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    assert "at offset (4) of argument 'x' at buffer index 0, which has 4 bytes" in message_of(commands)


def test_what_is_inside_is_not_disturbed(checked: None, dispatch: Dispatch, device: pm.Device) -> None:
    """Bad reads give zeros and bad writes are lost; the other threads do their work."""
    given = device.new_buffer_with_data(np.arange(64, dtype=np.float32))
    out = device.new_buffer(256)
    source = f"kernel void k({READ}) {{ out[i] = in[i * 16] + 1; if (i == 0) out[100] = 9; }}"
    message_of(dispatch(source, given, out))
    assert np.frombuffer(out.contents(), np.float32)[:9].tolist() == [1, 17, 33, 49, 1, 1, 1, 1, 0]


def test_pointers_of_every_kind_are_followed(checked: None, dispatch: Dispatch, device: pm.Device) -> None:
    """Pointers that come out of memory, lead to one of two things, or walk along."""
    source = f"""struct Links {{ device float *a; constant float *b; device float *c[2]; }};
        constant float table[2][4] = {{{{1, 2, 3, 4}}, {{5, 6, 7, 8}}}};
        kernel void k({READ}) {{
          device Links &links = *(device Links *)in;
          threadgroup float shared[8];
          shared[i] = i;
          threadgroup_barrier(mem_flags::mem_threadgroup);
          constant float *row = table[i & 1];
          const device float *walk = i & 1 ? links.a : links.c[1];
          float sum = 0;
          for (int j = 0; j < 4; ++j) sum += row[j] + *walk++ + links.b[j];
          thread float own[4] = {{sum, 0, 0, float(i)}};
          thread float *p = &own[i & 3];
          *p += shared[7 - i];
          out[i] = own[0] + own[i & 3]; }}"""
    ones = device.new_buffer_with_data(np.ones(4, np.float32))
    twos = device.new_buffer_with_data(np.full(4, 2, np.float32))
    links = device.new_buffer_with_data(np.array([ones.gpu_address, twos.gpu_address, 0, twos.gpu_address], np.uint64))
    out = device.new_buffer(256)
    assert dispatch(source, links, out, uses=(ones, twos)).error is None
    assert np.frombuffer(out.contents(), np.float32)[1] == 26 + 4 + 8 + 6
    wrong = device.new_buffer_with_data(np.array([ones.gpu_address, 0x40, 0, twos.gpu_address], np.uint64))
    assert "reads 4 bytes at address (0x40), where it has no memory" in message_of(dispatch(source, wrong, out))


def test_faults_end_the_command_buffer_alone(executor: str, dispatch: Dispatch) -> None:
    """The kernel reaches for pages that are not mapped, from many threads of the host, before and behind a barrier."""
    for statement in (
        "out[i * 500000000ul + 500000000ul] = 1;",
        "out[i] = in[0x40000000000ul + i];",
        "threadgroup float t[8]; t[i] = 1; threadgroup_barrier(mem_flags::mem_threadgroup);"
        "out[i * 500000000ul + 500000000ul] = t[7 - i];",
        "device float *p = (device float *)(ulong(in[0]) + 64); p[i] = 1;",
    ):
        text = message_of(dispatch(f"kernel void k({READ}) {{ {statement} }}"))
        assert "Function 'k' " in text
        assert "memory" in text or "at offset (" in text
        assert dispatch(f"kernel void k({READ}) {{ out[i] = 1; }}").error is None


PROCESS = """
import ctypes, faulthandler, os, sys, threading
import numpy as np
import pymetal as pm

device = pm.create_system_default_device()
source = "kernel void k(device int *x, constant ulong *far, uint i [[thread_position_in_grid]]) { x[i + far[0]] = 1; }"
pipeline = device.new_compute_pipeline_state(device.new_library_with_source(source).new_function("k"))

def run(far):
    queue = device.new_command_queue()
    data = device.new_buffer_with_data(np.zeros(4096, np.int32))
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(data, 0, 0)
    encoder.set_bytes(np.array([far], np.uint64).tobytes(), 8, 1)
    encoder.dispatch_threads(4096, 1, 1, 64, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    return commands.error.kind == pm.CommandBufferError.PageFault if far else bool(np.all(data.contents().view(np.int32)))

if "faulthandler" in sys.argv:
    faulthandler.enable()
results = []
threads = [threading.Thread(target=lambda n=n: results.append(run(n % 2 << 44))) for n in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("right" if results == [True] * 16 else results, flush=True)
if "crash" in sys.argv:
    ctypes.string_at(64)
"""


@pytest.mark.parametrize("arguments", [[], ["faulthandler"], ["crash"], ["crash", "faulthandler"]], ids=str)
def test_faults_in_a_process(executor: str, arguments: list[str]) -> None:
    """Faults of kernels beside other work; those of the program's own end it as ever."""
    ran = subprocess.run([sys.executable, "-c", PROCESS, *arguments], capture_output=True, text=True, check=False)
    assert ran.stdout == "right\n", ran.stderr
    assert ran.returncode == (-signal.SIGSEGV if "crash" in arguments else 0), ran.stderr
    assert ("Fatal Python error: Segmentation fault" in ran.stderr) == (arguments == ["crash", "faulthandler"])


def test_large_variables(run: Callable[..., list[Any]], device: pm.Device, executor: str) -> None:
    """What does not fit 32 times runs thread by thread; what does not fit once is an error."""
    source = """kernel void k(device float *out, uint i [[thread_position_in_grid]]) {
      float a[LENGTH];
      for (uint j = 0; j < LENGTH; ++j) a[j] = out[j & 3] + j;
      out[i] = a[uint(out[i]) * 1000 + i]; }"""
    given = np.arange(8, dtype=np.float32)
    (out,) = run(source.replace("LENGTH", "100000"), given, grid=(1,), group=(1,))
    assert out[0] == 0
    library = device.new_library_with_source("#include <metal_stdlib>\n" + source.replace("LENGTH", "100000000"))
    with pytest.raises(pm.PipelineError, match=r"take more memory \(400000\d\d\d bytes\) than a thread"):
        device.new_compute_pipeline_state(library.new_function("k"))
