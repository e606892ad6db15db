"""The threading rules: who may call what, and what the error says; the GIL."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pymetal as pm
import pytest

ADD_ONE = "kernel void k(device uint *x [[buffer(0)]], uint i [[thread_position_in_grid]]) { x[i] += 1; }"
SPIN = """kernel void k(device uint *out [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  uint x = i; for (uint n = 0; n < 200000; ++n) x = x * 1664525u + 1013904223u; out[i] = x; }"""


def in_thread(function: Callable[[], Any], name: str = "stranger") -> BaseException | None:
    """Runs the function on another thread; returns what it raises."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, name=name)
    thread.start()
    thread.join()
    return raised[0] if raised else None


def encode(commands: pm.CommandBuffer, pipeline: pm.ComputePipelineState, buffer: pm.Buffer, count: int = 64) -> None:
    with commands.compute_command_encoder() as encoder:
        encoder.set_compute_pipeline_state(pipeline)
        encoder.set_buffer(buffer, 0, 0)
        encoder.dispatch_threads(count, 1, 1, 32, 1, 1)


ENCODER_CALLS: dict[str, Callable[[pm.ComputeCommandEncoder, pm.Buffer], object]] = {
    "set_buffer": lambda encoder, buffer: encoder.set_buffer(buffer, 0, 0),
    "set_bytes": lambda encoder, buffer: encoder.set_bytes(b"1234", 0),
    "set_buffer_offset": lambda encoder, buffer: encoder.set_buffer_offset(0, 0),
    "set_threadgroup_memory_length": lambda encoder, buffer: encoder.set_threadgroup_memory_length(16, 0),
    "dispatch_threads": lambda encoder, buffer: encoder.dispatch_threads(1, 1, 1, 1, 1, 1),
    "dispatch_threadgroups": lambda encoder, buffer: encoder.dispatch_threadgroups(1, 1, 1, 1, 1, 1),
    "memory_barrier": lambda encoder, buffer: encoder.memory_barrier(pm.BarrierScope.Buffers),
    "use_resource": lambda encoder, buffer: encoder.use_resource(buffer, pm.ResourceUsage.Read),
    "update_fence": lambda encoder, buffer: encoder.update_fence(buffer.device.new_fence()),
    "wait_for_fence": lambda encoder, buffer: encoder.wait_for_fence(buffer.device.new_fence()),
    "push_debug_group": lambda encoder, buffer: encoder.push_debug_group("g"),
    "insert_debug_signpost": lambda encoder, buffer: encoder.insert_debug_signpost("s"),
    "end_encoding": lambda encoder, buffer: encoder.end_encoding(),
}


@pytest.mark.parametrize("call", ENCODER_CALLS)
def test_encoder_belongs_to_its_thread(device: pm.Device, commands: pm.CommandBuffer, call: str) -> None:
    encoder = commands.compute_command_encoder()
    encoder.label = "particles"
    error = in_thread(lambda: ENCODER_CALLS[call](encoder, device.new_buffer(16)))
    assert isinstance(error, pm.ThreadingError)
    assert isinstance(error, pm.ValidationError)
    assert str(error) == (
        "Compute command encoder 'particles' belongs to thread 'MainThread' and is called by thread 'stranger'. "
        "Use an encoder only on the thread that made it, and give each thread a command buffer and an encoder of its own."
    )
    encoder.end_encoding()


def test_work_is_unharmed_after_the_error(
    queue: pm.CommandQueue, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    pipeline = make_pipeline(ADD_ONE)
    buffer, other = queue.device.new_buffer(256), queue.device.new_buffer(256)
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(buffer, 0, 0)
    assert isinstance(in_thread(lambda: encoder.set_buffer(other, 0, 0)), pm.ThreadingError)
    assert isinstance(in_thread(lambda: commands.commit()), pm.ThreadingError)
    encoder.dispatch_threads(64, 1, 1, 32, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    assert set(np.frombuffer(buffer, np.uint32)) == {1}
    assert set(np.frombuffer(other, np.uint32)) == {0}


def test_command_buffer_takes_one_thread_at_a_time(device: pm.Device, commands: pm.CommandBuffer) -> None:
    commands.label = "frame"
    encoder = commands.compute_command_encoder()
    event = device.new_event()
    for call in (
        commands.compute_command_encoder,
        commands.blit_command_encoder,
        commands.commit,
        lambda: commands.encode_signal_event(event, 1),
        lambda: commands.encode_wait_for_event(event, 1),
        lambda: commands.push_debug_group("g"),
    ):
        error = in_thread(call, "second")
        assert isinstance(error, pm.ThreadingError)
        assert "Command buffer 'frame' takes commands from one thread at a time" in str(error)
        assert "thread 'MainThread' has an encoder open, and thread 'second' calls it" in str(error)
    encoder.end_encoding()


def test_hand_over_between_calls_is_allowed(
    queue: pm.CommandQueue, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    pipeline = make_pipeline(ADD_ONE)
    buffer = queue.device.new_buffer(256)
    commands = queue.command_buffer()
    encode(commands, pipeline, buffer)
    assert in_thread(lambda: encode(commands, pipeline, buffer)) is None
    assert in_thread(commands.commit) is None
    assert in_thread(lambda: commands.wait_until_completed() or commands.status or commands.error) is None
    assert set(np.frombuffer(buffer, np.uint32)) == {2}


def test_names_follow_the_threads(commands: pm.CommandBuffer) -> None:
    made: list[pm.BlitCommandEncoder] = []
    assert in_thread(lambda: made.append(commands.blit_command_encoder()), "loader") is None
    with pytest.raises(pm.ThreadingError, match=r"belongs to thread 'loader'(, which has ended,)? and is called by"):
        made[0].end_encoding()


def test_objects_are_made_by_many_threads_at_once(device: pm.Device) -> None:
    """Buffers, queues, libraries, functions, pipelines and labels, all on one device, library and function."""
    library = device.new_library_with_source(ADD_ONE)
    function = library.new_function("k")
    pipeline = device.new_compute_pipeline_state(function)
    queue = device.new_command_queue()
    results: list[int] = []

    def work(seed: int) -> None:
        for n in range(20):
            buffer = device.new_buffer(256)
            queue.label = library.label = function.label = pipeline.label = f"label {seed} {n}" * (n % 3)
            assert isinstance(queue.label + library.label + function.label + pipeline.label, str)
            own = pipeline if n % 5 else device.new_compute_pipeline_state(library.new_function("k"))
            commands = (queue if n % 2 else device.new_command_queue()).command_buffer()
            encode(commands, own, buffer)
            commands.commit()
            commands.wait_until_completed()
            results.extend(set(np.frombuffer(buffer, np.uint32)))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1] * 160


class Progress:
    """Counts on another thread, to tell that the GIL was free for a while."""

    def __enter__(self) -> Progress:
        self._stop = threading.Event()
        self.count = 0
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        return self

    def _work(self) -> None:
        while not self._stop.is_set():
            self.count += 1
            time.sleep(0.0005)  # gives the GIL back

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()


def spinning(queue: pm.CommandQueue, pipeline: pm.ComputePipelineState) -> pm.CommandBuffer:
    commands = queue.command_buffer()
    encode(commands, pipeline, queue.device.new_buffer(4 * 4096), 4096)
    commands.commit()
    return commands


def behind_an_event(queue: pm.CommandQueue) -> pm.CommandBuffer:
    """A command buffer that is not scheduled until a timer signals an event."""
    event = queue.device.new_shared_event()
    first, second = queue.command_buffer(), queue.command_buffer()
    first.encode_wait_for_event(event, 1)
    first.commit()
    second.commit()
    threading.Timer(0.2, setattr, (event, "signaled_value", 1)).start()
    return second


def many_functions(count: int) -> str:
    return "\n".join(
        f"kernel void f{n}(device float *x [[buffer(0)]], uint i [[thread_position_in_grid]]) {{ x[i] = {n}.0f; }}"
        for n in range(count)
    )


def unknown_source(text: str) -> str:
    """The same, with a function that no cache has seen."""
    return f"{text}\nkernel void never_seen_{time.time_ns()}(device int *x) {{}}\n"


# Each takes far longer than a thread may hold the GIL while another wants it (5 ms).
BLOCKING: dict[str, Callable[[pm.CommandQueue, pm.ComputePipelineState], object]] = {
    "wait_until_completed": lambda queue, spin: spinning(queue, spin).wait_until_completed(),
    "wait_until_completed with a timeout": lambda queue, spin: spinning(queue, spin).wait_until_completed(0.2),
    "wait_until_scheduled": lambda queue, spin: behind_an_event(queue).wait_until_scheduled(),
    "future": lambda queue, spin: spinning(queue, spin).future().result(),
    "wait_until_signaled": lambda queue, spin: queue.device.new_shared_event().wait_until_signaled(1, 200),
    "command_buffer of a full queue": lambda queue, spin: [
        spinning(queue, spin) for queue in [queue.device.new_command_queue(1)] for _ in range(2)
    ],
    "new_library_with_source": lambda queue, spin: queue.device.new_library_with_source(
        unknown_source(many_functions(200))
    ),
    "new_compute_pipeline_state": lambda queue, spin: [
        queue.device.new_compute_pipeline_state(
            queue.device.new_library_with_source(unknown_source(SPIN)).new_function("k")
        )
        for _ in range(4)
    ],
    "new_buffer_with_data": lambda queue, spin: queue.device.new_buffer_with_data(np.zeros(1 << 26, np.uint8)),
}


@pytest.mark.parametrize("call", BLOCKING)
def test_other_threads_run_meanwhile(
    queue: pm.CommandQueue, make_pipeline: Callable[..., pm.ComputePipelineState], call: str
) -> None:
    spin = make_pipeline(SPIN)
    # Where no thread is asked to give the GIL up, only a call that releases it lets the counter run.
    interval = sys.getswitchinterval()
    with Progress() as progress:
        sys.setswitchinterval(1000)
        try:
            before, begin = progress.count, time.perf_counter()
            BLOCKING[call](queue, spin)
            counted, took = progress.count - before, time.perf_counter() - begin
        finally:
            sys.setswitchinterval(interval)
    assert counted >= 1, f"no progress in {took} s"


def test_a_compile_waits_for_no_other(device: pm.Device) -> None:
    """Short compilations begin and end while a long one runs: they wait for no lock of its."""
    long, short = unknown_source(many_functions(2000)), [unknown_source(many_functions(1)) for _ in range(5)]
    ended: list[float] = []
    begins = threading.Event()

    def compile_long() -> None:
        begins.set()
        device.new_library_with_source(long)
        ended.append(time.perf_counter())

    thread = threading.Thread(target=compile_long)
    thread.start()
    begins.wait()
    # One of them might slip in before the long one takes a lock, but not five.
    for source in short:
        device.new_library_with_source(source)
    short_ended = time.perf_counter()
    thread.join()
    assert short_ended < ended[0], "the compilations took turns"


def test_stress_through_python(device: pm.Device) -> None:
    """A small dose of what tools/stress.py does at length."""
    tool = Path(__file__).parents[2] / "tools" / "stress.py"
    done = subprocess.run([sys.executable, str(tool), "8", "150"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "every result right, nothing left" in done.stdout
