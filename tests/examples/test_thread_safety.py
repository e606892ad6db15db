"""Programs that share a device among threads: what is allowed gives its results, and what is not is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

SOURCE = """
#include <metal_stdlib>
using namespace metal;
kernel void scale(device float *data [[buffer(0)]], uint i [[thread_position_in_grid]]) { data[i] = data[i] * 2 + 1; }
"""


@pytest.fixture
def device() -> pm.Device:
    return pm.create_system_default_device()


@pytest.fixture
def queue(device: pm.Device) -> pm.CommandQueue:
    return device.new_command_queue()


@pytest.fixture
def pipeline(device: pm.Device) -> pm.ComputePipelineState:
    return device.new_compute_pipeline_state(device.new_library_with_source(SOURCE).new_function("scale"))


def run_all(targets: list[Callable[[], Any]]) -> list[BaseException]:
    """Runs each on a thread of its own; returns what they raise."""
    raised: list[BaseException] = []

    def guard(target: Callable[[], Any]) -> None:
        try:
            target()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guard, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def dispatch(encoder: pm.ComputeCommandEncoder, pipeline: pm.ComputePipelineState, buffer: pm.Buffer) -> None:
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(buffer, 0, 0)
    encoder.dispatch_threadgroups(1, 1, 1, 256, 1, 1)


def test_resources_from_four_threads(device: pm.Device) -> None:
    made: list[Any] = []

    def create_resources() -> None:
        made.append((device.new_buffer(1024, pm.ResourceStorageModeShared), device.new_command_queue()))

    assert run_all([create_resources] * 4) == []
    assert len({id(thing) for pair in made for thing in pair}) == 8
    assert all(buffer.length == 1024 and queue.device is device for buffer, queue in made)


def test_command_buffers_of_a_shared_queue(
    device: pm.Device, queue: pm.CommandQueue, pipeline: pm.ComputePipelineState
) -> None:
    buffers = [device.new_buffer(1024, pm.ResourceStorageModeShared) for _ in range(4)]

    def worker(buffer: pm.Buffer) -> None:
        cmd_buffer = queue.command_buffer()
        encoder = cmd_buffer.compute_command_encoder()
        dispatch(encoder, pipeline, buffer)
        encoder.end_encoding()
        cmd_buffer.commit()
        cmd_buffer.wait_until_completed()

    assert run_all([lambda buffer=buffer: worker(buffer) for buffer in buffers]) == []
    for buffer in buffers:
        assert (np.frombuffer(buffer.contents(), dtype=np.float32) == 1).all()


def test_one_buffer_for_four_workers(
    device: pm.Device, queue: pm.CommandQueue, pipeline: pm.ComputePipelineState
) -> None:
    """Hazard tracking orders the four: each sees what the one before has written."""
    my_buffer = device.new_buffer(1024, pm.ResourceStorageModeShared)

    def worker() -> None:
        cmd_buffer = queue.command_buffer()
        encoder = cmd_buffer.compute_command_encoder()
        dispatch(encoder, pipeline, my_buffer)
        encoder.end_encoding()
        cmd_buffer.commit()
        cmd_buffer.wait_until_completed()

    assert run_all([worker] * 4) == []
    assert (np.frombuffer(my_buffer.contents(), dtype=np.float32) == 15).all()


def test_two_threads_encode_into_one_command_buffer(queue: pm.CommandQueue) -> None:
    cmd_buffer = queue.command_buffer()
    meeting = threading.Barrier(2)
    encoders: list[pm.ComputeCommandEncoder] = []

    def encode_part() -> None:
        meeting.wait()
        try:
            encoders.append(cmd_buffer.compute_command_encoder())
        finally:
            meeting.wait()

    raised = run_all([encode_part] * 2)
    assert [type(error) for error in raised] == [pm.ThreadingError]
    assert len(encoders) == 1
    assert "takes commands from one thread at a time" in str(raised[0])


def test_write_submit_wait_read(device: pm.Device, queue: pm.CommandQueue, pipeline: pm.ComputePipelineState) -> None:
    input_array = np.linspace(-1, 1, 256, dtype=np.float32)
    buffer = device.new_buffer(1024, pm.ResourceStorageModeShared)
    data = np.frombuffer(buffer.contents(), dtype=np.float32)
    data[:] = input_array
    cmd_buffer = queue.command_buffer()
    encoder = cmd_buffer.compute_command_encoder()
    dispatch(encoder, pipeline, buffer)
    encoder.end_encoding()
    cmd_buffer.commit()
    cmd_buffer.wait_until_completed()
    result = np.frombuffer(buffer.contents(), dtype=np.float32).copy()
    assert np.array_equal(result, input_array * 2 + 1)


def test_sections_of_one_buffer_under_a_lock(device: pm.Device) -> None:
    buffer = device.new_buffer(4096, pm.ResourceStorageModeShared)
    lock = threading.Lock()

    def write_section(start: int, end: int, values: np.ndarray) -> None:
        data = np.frombuffer(buffer.contents(), dtype=np.float32)
        with lock:
            data[start:end] = values

    sections = np.arange(1024, dtype=np.float32).reshape(4, 256)
    assert run_all([lambda n=n: write_section(256 * n, 256 * (n + 1), sections[n]) for n in range(4)]) == []
    assert np.array_equal(np.frombuffer(buffer.contents(), dtype=np.float32), np.arange(1024))


def test_other_threads_run_during_a_wait(device: pm.Device, queue: pm.CommandQueue) -> None:
    event = device.new_shared_event()
    order: list[str] = []

    def gpu_work() -> None:
        cmd_buffer = queue.command_buffer()
        cmd_buffer.encode_wait_for_event(event, 1)
        cmd_buffer.commit()
        cmd_buffer.wait_until_completed()
        order.append("gpu")

    def cpu_work() -> None:
        time.sleep(0.1)
        order.append("cpu")
        event.signaled_value = 1

    assert run_all([gpu_work, cpu_work]) == []
    assert order == ["cpu", "gpu"]


def test_batches_on_a_shared_queue_and_pipeline(
    device: pm.Device, queue: pm.CommandQueue, pipeline: pm.ComputePipelineState
) -> None:
    results: dict[int, np.ndarray] = {}

    def process_batch(batch_data: int) -> None:
        buffer = device.new_buffer_with_data(np.full(256, batch_data, np.float32))
        cmd_buffer = queue.command_buffer()
        encoder = cmd_buffer.compute_command_encoder()
        dispatch(encoder, pipeline, buffer)
        encoder.end_encoding()
        cmd_buffer.commit()
        cmd_buffer.wait_until_completed()
        results[batch_data] = np.frombuffer(buffer.contents(), dtype=np.float32)

    assert run_all([lambda n=n: process_batch(n) for n in range(8)]) == []
    assert all((results[n] == 2 * n + 1).all() for n in range(8))


def test_an_encoder_passed_to_a_thread(queue: pm.CommandQueue, pipeline: pm.ComputePipelineState) -> None:
    buffer = queue.device.new_buffer(1024)
    cmd_buffer = queue.command_buffer()
    encoder = cmd_buffer.compute_command_encoder()
    (error,) = run_all([lambda: dispatch(encoder, pipeline, buffer)])
    assert isinstance(error, pm.ThreadingError)
    dispatch(encoder, pipeline, buffer)
    encoder.end_encoding()
    cmd_buffer.commit()
    cmd_buffer.wait_until_completed()
    assert (np.frombuffer(buffer.contents(), dtype=np.float32) == 1).all()


@pytest.mark.parametrize("options", [0, pm.ResourceHazardTrackingModeUntracked])
def test_fence_between_command_buffers(
    device: pm.Device, queue: pm.CommandQueue, pipeline: pm.ComputePipelineState, options: int
) -> None:
    fence = device.new_fence()
    buffer = device.new_buffer(1024, options)
    cmd1 = queue.command_buffer()
    enc1 = cmd1.compute_command_encoder()
    dispatch(enc1, pipeline, buffer)
    enc1.update_fence(fence)
    enc1.end_encoding()
    cmd1.commit()

    cmd2 = queue.command_buffer()
    enc2 = cmd2.compute_command_encoder()
    enc2.wait_for_fence(fence)
    dispatch(enc2, pipeline, buffer)
    enc2.end_encoding()
    cmd2.commit()
    cmd2.wait_until_completed()
    assert (np.frombuffer(buffer.contents(), dtype=np.float32) == 3).all()


@pytest.mark.parametrize("consumer_first", [False, True])
def test_event_between_queues(device: pm.Device, pipeline: pm.ComputePipelineState, consumer_first: bool) -> None:
    queue1, queue2 = device.new_command_queue(), device.new_command_queue()
    event = device.new_event()
    buffer = device.new_buffer(1024, pm.ResourceHazardTrackingModeUntracked)

    cmd1 = queue1.command_buffer()
    encoder = cmd1.compute_command_encoder()
    dispatch(encoder, pipeline, buffer)
    encoder.end_encoding()
    cmd1.encode_signal_event(event, 1)

    cmd2 = queue2.command_buffer()
    cmd2.encode_wait_for_event(event, 1)
    encoder = cmd2.compute_command_encoder()
    dispatch(encoder, pipeline, buffer)
    encoder.end_encoding()

    for commands in (cmd2, cmd1) if consumer_first else (cmd1, cmd2):
        commands.commit()
    cmd2.wait_until_completed()
    assert (np.frombuffer(buffer.contents(), dtype=np.float32) == 3).all()


PITFALL = """
import threading
import numpy as np, pymetal as pm
device = pm.create_system_default_device()
queue = device.new_command_queue()
event = device.new_shared_event()
buffer = device.new_buffer(1024, pm.ResourceStorageModeShared)
buffer.label = "results"
cmd_buffer = queue.command_buffer()
cmd_buffer.encode_wait_for_event(event, 1)
blit = cmd_buffer.blit_command_encoder()
blit.fill_buffer(buffer, pm.Range(0, 1024), 63)
blit.end_encoding()
cmd_buffer.commit()
threading.Timer(0.05, setattr, (event, "signaled_value", 1)).start()
"""
TOO_EARLY = "result = np.frombuffer(buffer.contents(), dtype=np.float32).copy()"
MEANWHILE = "data = np.frombuffer(buffer.contents(), dtype=np.float32)\ndata[:] = 1"


def run_pitfall(touch: str, waits: bool, mode: str) -> str:
    wait = "cmd_buffer.wait_until_completed()\n"
    program = PITFALL + (wait if waits else "") + textwrap.dedent(touch) + "\n" + wait
    environment = {**os.environ, "PYMETAL_VALIDATION": mode}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode == 0) == (mode != "strict" or waits), done.stderr
    return done.stderr


@pytest.mark.parametrize("touch", [TOO_EARLY, MEANWHILE])
def test_touching_a_buffer_in_use_is_caught(touch: str) -> None:
    verb = "reads" if touch == TOO_EARLY else "writes to"
    text = f"The host {verb} the contents of Buffer 'results' while Command buffer is committed and not complete"
    assert f"HazardWarning: {text}" in run_pitfall(touch, waits=False, mode="1")
    assert f"ThreadingError: {text}" in run_pitfall(touch, waits=False, mode="strict")
    assert run_pitfall(touch, waits=True, mode="strict") == ""


def test_sharing_a_command_buffer(queue: pm.CommandQueue) -> None:
    cmd = queue.command_buffer()
    buffer = queue.device.new_buffer(16)
    meeting = threading.Barrier(2)

    def encode_work(commands: pm.CommandBuffer) -> None:
        meeting.wait()
        try:
            encoder = commands.blit_command_encoder()
        finally:
            meeting.wait()
        encoder.fill_buffer(buffer, pm.Range(0, 16), 1)
        encoder.end_encoding()

    assert [type(error) for error in run_all([lambda: encode_work(cmd)] * 2)] == [pm.ThreadingError]
    cmd.commit()
    cmd.wait_until_completed()
    assert bytes(buffer.contents()) == b"\x01" * 16, "the work of the thread that was first is unharmed"

    def worker() -> None:
        own = queue.command_buffer()
        encode_work(own)
        own.commit()

    assert run_all([worker] * 2) == []
