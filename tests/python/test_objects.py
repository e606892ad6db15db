"""The object model: properties, ownership, order, views of memory."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

import numpy as np
import pymetal as pm
import pytest
from pymetal import _core

FILL = """kernel void k(device uint *out [[buffer(0)]], constant uint &value [[buffer(1)]],
                        uint i [[thread_position_in_grid]]) { out[i] = value; }"""
SPIN = """kernel void k(device uint *out [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  uint x = i; for (uint n = 0; n < 200000; ++n) x = x * 1664525u + 1013904223u; out[i] = x; }"""


def test_device_properties(device: pm.Device) -> None:
    assert device.name.startswith("PyMetal CPU (")
    assert tuple(device.max_threads_per_threadgroup) == (1024, 1024, 1024)
    size = device.max_threads_per_threadgroup
    assert (size[0], size[-1], size.width, size.height, size.depth, len(size)) == (1024, 1024, 1024, 1024, 1024, 3)
    assert size == (1024, 1024, 1024)
    with pytest.raises(IndexError):
        size[3]
    assert device.has_unified_memory is True
    assert device.is_headless is True
    assert device.is_low_power is False
    assert device.is_removable is False
    assert device.registry_id > 0
    assert 0 < device.recommended_max_working_set_size <= device.max_buffer_length
    assert pm.create_system_default_device() is device
    assert pm.copy_all_devices() == [device]


def test_allocated_size_follows_buffers(device: pm.Device) -> None:
    gc.collect()
    before = device.current_allocated_size
    buffer = device.new_buffer(1000)
    assert device.current_allocated_size == before + 1000
    del buffer
    gc.collect()
    assert device.current_allocated_size == before


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, timeout=120
    )


@pytest.mark.parametrize("name", ["cpu", "CPU", "PyMetal CPU", ""])
def test_environment_selects_the_device(name: str) -> None:
    done = run_python("import pymetal; print(pymetal.create_system_default_device().name)", PYMETAL_DEVICE=name)
    assert done.stdout.startswith("PyMetal CPU ("), done.stderr


def test_unknown_device_in_the_environment() -> None:
    done = run_python("import pymetal; pymetal.create_system_default_device()", PYMETAL_DEVICE="tpu")
    assert done.returncode == 1
    assert "ResourceError: PYMETAL_DEVICE names no device of this machine (tpu); it has 'cpu'" in done.stderr


def test_labels(device: pm.Device, queue: pm.CommandQueue, commands: pm.CommandBuffer) -> None:
    library = device.new_library_with_source("kernel void f(device int *x) {}")
    encoder = commands.compute_command_encoder()
    for thing in (device.new_buffer(4), queue, commands, library, encoder, library.new_function("f")):
        assert thing.label == ""
        thing.label = "näme"
        assert thing.label == "näme"
    assert "'näme'" in repr(queue)


def test_views_share_and_pin_the_memory(device: pm.Device) -> None:
    buffer = device.new_buffer(64)
    view = buffer.contents()
    assert view.dtype == np.uint8
    assert view.shape == (64,)
    assert view.flags.writeable
    assert not view.any()
    assert buffer.gpu_address % 4096 == 0
    view[:4] = [1, 2, 3, 4]
    assert bytes(memoryview(buffer)[:4]) == b"\x01\x02\x03\x04"
    array = np.asarray(buffer)
    array[0] = 9
    assert view[0] == 9
    np.frombuffer(buffer, dtype=np.float32)[1] = 1.5
    assert np.frombuffer(view, dtype=np.float32)[1] == 1.5
    living = _core.live_objects()["Buffer"]
    del buffer, array
    gc.collect()
    assert _core.live_objects()["Buffer"] == living
    view[63] = 7
    del view
    gc.collect()
    assert _core.live_objects()["Buffer"] == living - 1


def test_new_buffer_with_data_takes_any_buffer(device: pm.Device) -> None:
    for data in (b"12345678", bytearray(b"12345678"), memoryview(b"12345678"), np.frombuffer(b"12345678", np.uint16)):
        assert bytes(device.new_buffer_with_data(data).contents()) == b"12345678"
    assert bytes(device.new_buffer_with_data(b"12345678", 3).contents()) == b"123"
    big = np.arange(1 << 20, dtype=np.uint32)
    assert np.array_equal(np.frombuffer(device.new_buffer_with_data(big).contents(), np.uint32), big)


def test_blits(commands: pm.CommandBuffer, device: pm.Device) -> None:
    source = device.new_buffer_with_data(np.arange(16, dtype=np.uint8))
    target = device.new_buffer(16, pm.ResourceStorageModePrivate)
    result = device.new_buffer(16, pm.ResourceStorageModeManaged)
    result.did_modify_range(pm.Range(0, 16))
    blit = commands.blit_command_encoder()
    blit.fill_buffer(target, pm.Range(0, 16), 255)
    blit.copy_from_buffer(source, 4, target, 2, 5)
    blit.copy_from_buffer_to_buffer(target, 0, result, 0, 16)
    blit.copy_from_buffer(result, 0, result, 1, 15)
    blit.synchronize_resource(result)
    blit.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    assert result.contents().tolist() == [255, 255, 255, 4, 5, 6, 7, 8, *[255] * 8]


def test_commands_run_in_commit_order(
    queue: pm.CommandQueue, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    pipeline = make_pipeline(FILL)
    buffer = queue.device.new_buffer(4096)
    last = None
    for value in range(100):
        last = queue.command_buffer()
        encoder = last.compute_command_encoder()
        encoder.set_compute_pipeline_state(pipeline)
        encoder.set_buffer(buffer, 0, 0)
        encoder.set_bytes(np.uint32(value), 1)
        encoder.dispatch_threads(1024, 1, 1, 64, 1, 1)
        encoder.end_encoding()
        last.commit()
    assert last is not None
    last.wait_until_completed()
    assert last.status == pm.CommandBufferStatus.Completed
    assert set(np.frombuffer(buffer.contents(), np.uint32)) == {99}


def test_enqueue_reserves_the_order(
    queue: pm.CommandQueue, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    buffer = queue.device.new_buffer(4)
    first, second = queue.command_buffer(), queue.command_buffer()
    first.enqueue()
    assert first.status == pm.CommandBufferStatus.Enqueued
    for commands, value in ((second, 2), (first, 1)):
        blit = commands.blit_command_encoder()
        blit.fill_buffer(buffer, pm.Range(0, 4), value)
        blit.end_encoding()
        commands.commit()
    second.wait_until_completed()
    assert buffer.contents()[0] == 2


def test_a_dropped_enqueued_buffer_does_not_block_the_queue(queue: pm.CommandQueue) -> None:
    dropped = queue.command_buffer()
    dropped.enqueue()
    following = queue.command_buffer()
    following.commit()
    del dropped
    gc.collect()
    following.wait_until_completed()


def test_commit_returns_at_once_and_waits_release_the_gil(
    queue: pm.CommandQueue, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    pipeline = make_pipeline(SPIN)
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    # Long enough for the thread that counts to be scheduled on a busy machine.
    encoder.set_buffer(queue.device.new_buffer(4 * 32768), 0, 0)
    encoder.dispatch_threads(32768, 1, 1, 64, 1, 1)
    encoder.end_encoding()
    commands.commit()
    assert commands.status < pm.CommandBufferStatus.Completed
    counts = [0]
    stop = threading.Event()

    def count() -> None:
        while not stop.is_set():
            counts[0] += 1

    counter = threading.Thread(target=count)
    counter.start()
    commands.wait_until_scheduled()
    before = counts[0]
    commands.wait_until_completed()
    stop.set()
    counter.join()
    assert counts[0] > before + 100
    assert 0 < commands.kernel_start_time <= commands.kernel_end_time <= commands.gpu_start_time < commands.gpu_end_time


def test_resources_live_until_the_commands_have_run(
    queue: pm.CommandQueue, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    gc.collect()
    before = _core.live_objects()
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(make_pipeline(FILL))
    out = queue.device.new_buffer(4096)
    view = out.contents()
    encoder.set_buffer(out, 0, 0)
    encoder.set_bytes(np.uint32(5), 1)
    encoder.dispatch_threads(1024, 1, 1, 64, 1, 1)
    encoder.end_encoding()
    del encoder, out
    gc.collect()
    commands.commit()
    commands.wait_until_completed()
    assert set(view.view(np.uint32)) == {5}
    del commands, view
    gc.collect()
    assert _core.live_objects() == before


def test_thousands_of_rounds_leave_nothing_behind(
    device: pm.Device, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    pipeline = make_pipeline(FILL)
    gc.collect()
    before = _core.live_objects()
    for _ in range(2000):
        queue = device.new_command_queue()
        commands = queue.command_buffer()
        encoder = commands.compute_command_encoder()
        encoder.set_compute_pipeline_state(pipeline)
        encoder.set_buffer(device.new_buffer(64), 0, 0)
        encoder.set_bytes(np.uint32(1), 1)
        encoder.dispatch_threads(16, 1, 1, 16, 1, 1)
        encoder.end_encoding()
    del queue, commands, encoder
    gc.collect()
    assert _core.live_objects() == before


def make_one_of(kind: str, device: pm.Device, library: pm.Library) -> object:
    makers: dict[str, Callable[[], object]] = {
        "Buffer": lambda: device.new_buffer(64).contents(),
        "Function": lambda: library.new_function("k"),
        "CommandQueue": device.new_command_queue,
        "CommandBuffer": lambda: device.new_command_queue().command_buffer(),
        "ComputeCommandEncoder": lambda: device.new_command_queue().command_buffer().compute_command_encoder(),
        "BlitCommandEncoder": lambda: device.new_command_queue().command_buffer().blit_command_encoder(),
        "Fence": device.new_fence,
        "Event": device.new_event,
        "SharedEvent": device.new_shared_event,
        "SharedEventListener": pm.SharedEventListener,
    }
    return makers[kind]()


KINDS = [
    "Buffer",
    "Function",
    "CommandQueue",
    "CommandBuffer",
    "ComputeCommandEncoder",
    "BlitCommandEncoder",
    "Fence",
    "Event",
    "SharedEvent",
    "SharedEventListener",
]


@pytest.mark.parametrize("kind", KINDS)
def test_rounds_of_one_class_leave_nothing_behind(device: pm.Device, kind: str) -> None:
    library = device.new_library_with_source(FILL)
    gc.collect()
    before = _core.live_objects()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3000):
        made = make_one_of(kind, device, library)
        if hasattr(made, "label"):
            made.label = "one of many"
        repr(made)
    reference = weakref.ref(made)
    del made
    gc.collect()
    assert reference() is None
    assert _core.live_objects() == before
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


@pytest.mark.parametrize("kind", ["Library", "ComputePipelineState"])
def test_rounds_of_compiled_objects_leave_nothing_behind(device: pm.Device, kind: str) -> None:
    gc.collect()
    before = _core.live_objects()
    for n in range(100):
        library = device.new_library_with_source(f"kernel void k(device int *x) {{ x[0] = {n}; }}")
        made: object = library
        if kind == "ComputePipelineState":
            made = device.new_compute_pipeline_state(library.new_function("k"))
    reference = weakref.ref(made)
    del made, library
    gc.collect()
    assert reference() is None
    assert _core.live_objects() == before


def test_weak_references(device: pm.Device) -> None:
    buffer = device.new_buffer(4)
    reference = weakref.ref(buffer)
    assert reference() is buffer
    del buffer
    gc.collect()
    assert reference() is None


def test_two_threads_compile_at_once(device: pm.Device) -> None:
    results: list[int] = []

    def compile_many(seed: int) -> None:
        for n in range(10):
            library = device.new_library_with_source(f"kernel void f{seed}_{n}(device int *x) {{ x[0] = {n}; }}")
            device.new_compute_pipeline_state(library.new_function(f"f{seed}_{n}"))
            results.append(n)

    threads = [threading.Thread(target=compile_many, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 40


def test_library_from_a_file(device: pm.Device, tmp_path: Path) -> None:
    (tmp_path / "shared.h").write_text("#pragma once\ninline int twice(int x) { return 2 * x; }\n")
    (tmp_path / "main.metal").write_text('#include "shared.h"\nkernel void f(device int *x) { x[0] = twice(VALUE); }\n')
    options = pm.CompileOptions(preprocessor_macros={"VALUE": "21"})
    library = device.new_library_with_file(tmp_path / "main.metal", options)
    assert library.function_names == ["f"]
    source = '#include "shared.h"\nkernel void g(device int *x) { x[0] = twice(1); }'
    assert device.new_library_with_source(source, include_paths=[str(tmp_path)]).function_names == ["g"]
    with pytest.raises(pm.ResourceError, match=r"cannot be read \(.*absent\.metal\)"):
        device.new_library_with_file(tmp_path / "absent.metal")
    with pytest.raises(pm.ResourceError, match="cannot be read"):
        device.new_library_with_file(tmp_path)


def test_enumerations() -> None:
    for name in pm.enums.__all__:
        value = getattr(pm, name)
        if isinstance(value, type):
            assert issubclass(value, IntEnum), name
    assert pm.DataType.Float == 3
    assert pm.DataType.None_ == 0
    assert getattr(pm.DataType, "None") is pm.DataType.None_
    assert pm.CommandBufferStatus.Error == 5
    assert pm.ResourceStorageModePrivate == 32
    assert pm.types.Size is pm.Size
    assert pm.compute.Device is pm.Device


def test_plain_values() -> None:
    assert pm.Size(1, 2, 3) == pm.Size(1, 2, 3) != pm.Size(3, 2, 1)
    assert repr(pm.Range(2, 5)) == "Range(location=2, length=5)"
    origin = pm.Origin(1, 2, 3)
    origin.x = 7
    assert (origin.x, origin.y, origin.z) == (7, 2, 3)
    assert list(pm.Size(4, 5, 6)) == [4, 5, 6]
    assert hash(pm.Size(1, 1, 1)) == hash(pm.Size(1, 1, 1))


@pytest.mark.skipif(not Path("/sys/kernel/mm/transparent_hugepage").exists(), reason="the kernel has no huge pages")
@pytest.mark.parametrize(("length", "wished"), [(1 << 16, False), (16 << 20, True)])
def test_large_buffers_wish_for_huge_pages(device: pm.Device, length: int, wished: bool) -> None:
    buffer = device.new_buffer(length)
    address = buffer.gpu_address
    flags: list[str] = []
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if span := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            inside = int(span[1], 16) <= address < int(span[2], 16)
        elif inside and line.startswith("VmFlags:"):
            flags = line.split()[1:]
    assert flags
    assert ("hg" in flags) is wished
