"""Fences, events, shared events across processes, handlers, futures and stuck waits, on the CPU device."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import multiprocessing
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest
from pymetal import _core

ADD = """kernel void k(device uint *x [[buffer(0)]], constant uint &value [[buffer(1)]],
                       uint i [[thread_position_in_grid]]) { x[i] = x[i] * 3 + value; }"""


@pytest.fixture
def add(make_pipeline: Callable[..., pm.ComputePipelineState]) -> Callable[..., None]:
    """`add(commands, buffer, value)` encodes x = 3 x + value."""
    pipeline = make_pipeline(ADD)

    def encode(
        commands: pm.CommandBuffer,
        buffer: pm.Buffer,
        value: int,
        wait: pm.Fence | None = None,
        update: pm.Fence | None = None,
    ) -> None:
        with commands.compute_command_encoder() as encoder:
            if wait is not None:
                encoder.wait_for_fence(wait)
            encoder.set_compute_pipeline_state(pipeline)
            encoder.set_buffer(buffer, 0, 0)
            encoder.set_bytes(np.uint32(value), 1)
            encoder.dispatch_threads(64, 1, 1, 32, 1, 1)
            if update is not None:
                encoder.update_fence(update)

    return encode


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never comes true"
        time.sleep(0.001)


def test_fence_across_command_buffers(queue: pm.CommandQueue, add: Callable[..., None]) -> None:
    fence = queue.device.new_fence()
    fence.label = "shadows"
    assert fence.device is queue.device
    assert repr(fence) == "<pymetal.Fence 'shadows'>"
    buffer = queue.device.new_buffer(256, pm.ResourceHazardTrackingModeUntracked)
    expected = 0
    for value in range(1, 30):
        with queue.command_buffer() as commands:
            add(commands, buffer, value, wait=fence, update=fence)
            add(commands, buffer, value + 1, wait=fence, update=fence)
        expected = ((expected * 3 + value) * 3 + value + 1) % 2**32
    commands.wait_until_completed()
    assert set(np.frombuffer(buffer, np.uint32)) == {expected}


def test_fence_of_a_blit(queue: pm.CommandQueue, add: Callable[..., None]) -> None:
    fence = queue.device.new_fence()
    buffer = queue.device.new_buffer(256, pm.ResourceHazardTrackingModeUntracked)
    with queue.command_buffer() as commands:
        with commands.blit_command_encoder() as blit:
            blit.fill_buffer(buffer, pm.Range(0, 256), 1)
            blit.update_fence(fence)
        add(commands, buffer, 0, wait=fence)
    commands.wait_until_completed()
    assert set(np.frombuffer(buffer, np.uint32)) == {0x03030303}


def test_fence_of_another_queue_is_refused(device: pm.Device) -> None:
    fence = device.new_fence()
    fence.label = "shadows"
    device.new_command_queue().command_buffer().blit_command_encoder().update_fence(fence)
    stranger = device.new_command_queue().command_buffer().blit_command_encoder()
    with pytest.raises(pm.ValidationError, match=r"Fence 'shadows' was updated last in another queue.*use an Event"):
        stranger.wait_for_fence(fence)
    stranger.wait_for_fence(device.new_fence())


def test_event_across_queues(device: pm.Device, add: Callable[..., None]) -> None:
    event = device.new_event()
    buffer = device.new_buffer(256)
    queues = [device.new_command_queue() for _ in range(3)]
    expected = 0
    for step in range(60):
        with queues[step % 3].command_buffer() as commands:
            commands.encode_wait_for_event(event, step)
            add(commands, buffer, step)
            commands.encode_signal_event(event, step + 1)
        expected = (expected * 3 + step) % 2**32
    commands.wait_until_completed()
    assert set(np.frombuffer(buffer, np.uint32)) == {expected}


def test_shared_event_between_host_and_device(queue: pm.CommandQueue, add: Callable[..., None]) -> None:
    event = queue.device.new_shared_event()
    assert isinstance(event, pm.Event)
    buffer = queue.device.new_buffer(256)
    with queue.command_buffer() as commands:
        commands.encode_wait_for_event(event, 1)
        add(commands, buffer, 5)
        commands.encode_signal_event(event, 2)
    assert event.wait_until_signaled(2, timeout_ms=20) is False
    assert event.signaled_value == 0
    event.signaled_value = 1
    assert event.wait_until_signaled(2) is True
    assert set(np.frombuffer(buffer, np.uint32)) == {5}
    with pytest.raises(pm.ValidationError, match=r"has the value 2, and values only grow.*\(1\)"):
        event.signaled_value = 1


def test_notifications_run_on_the_listeners_thread(queue: pm.CommandQueue) -> None:
    event = queue.device.new_shared_event()
    listener = pm.SharedEventListener()
    calls: list[tuple[Any, int, int]] = []
    for value in (2, 1):
        event.notify_listener(listener, value, lambda e, v: calls.append((e, v, threading.get_ident())))
    event.notify_listener(None, 3, lambda e, v: calls.append((e, v, threading.get_ident())))
    with queue.command_buffer() as commands:
        commands.encode_signal_event(event, 1)
        commands.encode_signal_event(event, 2)
    wait_for(lambda: len(calls) == 2)
    event.signaled_value = 8
    wait_for(lambda: len(calls) == 3)
    assert [value for _, value, _ in calls] == [1, 2, 3]
    assert all(notifier is event for notifier, _, _ in calls)
    assert calls[0][2] == calls[1][2] != calls[2][2]
    assert threading.get_ident() not in [thread for _, _, thread in calls]


CHILD = """
import pickle, sys
import pymetal as pm
device = pm.create_system_default_device()
event = device.new_shared_event_with_handle(pickle.loads(sys.stdin.buffer.read()))
assert event.label == "bridge"
notified = []
event.notify_listener(None, 3, lambda e, v: notified.append(v))
queue = device.new_command_queue()
for value in range(1, 200, 2):
    with queue.command_buffer() as commands:
        commands.encode_wait_for_event(event, value)
        commands.encode_signal_event(event, value + 1)
commands.wait_until_completed()
event.wait_until_signaled(1000)
while not notified: pass
print(notified, event.signaled_value)
"""


def test_shared_event_across_processes(queue: pm.CommandQueue) -> None:
    event = queue.device.new_shared_event()
    event.label = "bridge"
    handle = pickle.dumps(event.new_shared_event_handle())
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    child.stdin.write(handle)
    child.stdin.close()
    for value in range(0, 199, 2):
        with queue.command_buffer() as commands:
            commands.encode_wait_for_event(event, value)
            commands.encode_signal_event(event, value + 1)
    assert event.wait_until_signaled(200, timeout_ms=60000)
    event.signaled_value = 1000
    assert child.stdout is not None
    assert child.stdout.read() == b"[3] 1000\n"
    assert child.wait() == 0


def test_shared_event_outlives_a_process_that_is_killed(queue: pm.CommandQueue) -> None:
    event = queue.device.new_shared_event()
    code = CHILD.replace(
        'assert event.label == "bridge"', "event.signaled_value = 5; import os; os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], input=pickle.dumps(event.new_shared_event_handle()))
    assert event.wait_until_signaled(5, timeout_ms=1000)
    event.signaled_value = 6
    assert event.signaled_value == 6


def test_handle_of_an_event_that_is_gone(device: pm.Device) -> None:
    event = device.new_shared_event()
    handle = event.new_shared_event_handle()
    copy = pickle.loads(pickle.dumps(handle))
    del event
    gc.collect()
    with pytest.raises(pm.ResourceError, match=r"The shared event of process \d+ (cannot be opened|is gone)"):
        device.new_shared_event_with_handle(copy)


def test_handlers_in_order(queue: pm.CommandQueue) -> None:
    calls: list[tuple[str, int, pm.CommandBufferStatus]] = []
    threads: set[int] = set()
    for index in range(20):
        commands = queue.command_buffer()

        def note(kind: str, index: int, commands: pm.CommandBuffer) -> None:
            calls.append((kind, index, commands.status))
            threads.add(threading.get_ident())

        commands.add_completed_handler(lambda c, i=index: note("completed", i, c))
        commands.add_scheduled_handler(lambda c, i=index: note("scheduled", i, c))
        commands.commit()
    wait_for(lambda: len(calls) == 40)
    assert [index for kind, index, _ in calls if kind == "scheduled"] == list(range(20))
    completed = [(index, status) for kind, index, status in calls if kind == "completed"]
    assert completed == [(index, pm.CommandBufferStatus.Completed) for index in range(20)]
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    for add_handler in (commands.add_completed_handler, commands.add_scheduled_handler):
        with pytest.raises(pm.ValidationError, match=r"is committed; .* handlers are added before commit"):
            add_handler(print)
    with pytest.raises(TypeError):
        commands.add_completed_handler(None)  # type: ignore[arg-type]


def test_exceptions_of_handlers_are_unraisable(queue: pm.CommandQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: reports.append((report.exc_value, report.object)))

    def fail(commands: pm.CommandBuffer) -> None:
        raise KeyError("lost")

    done = []
    commands = queue.command_buffer()
    commands.add_completed_handler(fail)
    commands.add_completed_handler(lambda c: done.append(c))
    commands.commit()
    commands.wait_until_completed()
    assert commands.status == pm.CommandBufferStatus.Completed
    wait_for(lambda: bool(done))
    assert [(repr(error), function) for error, function in reports] == [("KeyError('lost')", fail)]


def test_a_handler_may_use_the_api(queue: pm.CommandQueue) -> None:
    results: list[int] = []
    buffer = queue.device.new_buffer(4)

    def again(commands: pm.CommandBuffer) -> None:
        with commands.command_queue.command_buffer() as following, following.blit_command_encoder() as blit:
            blit.fill_buffer(buffer, pm.Range(0, 4), 6)
        following.wait_until_completed()
        results.append(buffer.contents()[0])

    with queue.command_buffer() as commands:
        commands.add_completed_handler(again)
    wait_for(lambda: results == [6])


def test_handlers_leave_no_cycles(queue: pm.CommandQueue) -> None:
    """A handler that holds its command buffer, committed or not, keeps nothing alive in the end."""
    gc.collect()
    before = _core.live_objects()
    references = []
    for index in range(200):
        commands = queue.command_buffer()
        commands.add_completed_handler(lambda c, held=commands: held)
        commands.add_scheduled_handler(lambda c, held=commands: held)
        references.append(weakref.ref(commands))
        if index % 2:
            commands.commit()
    del commands

    def is_clean() -> bool:
        gc.collect()
        return _core.live_objects() == before and all(reference() is None for reference in references)

    wait_for(is_clean)


def test_collection_spares_what_runs(queue: pm.CommandQueue) -> None:
    event = queue.device.new_shared_event()
    called: list[int] = []
    commands = queue.command_buffer()
    commands.encode_wait_for_event(event, 1)
    commands.add_completed_handler(lambda c, held=commands: called.append(1))
    commands.commit()
    del commands
    gc.collect()
    event.signaled_value = 1
    wait_for(lambda: called == [1])


def test_future(queue: pm.CommandQueue) -> None:
    event = queue.device.new_shared_event()
    commands = queue.command_buffer()
    commands.encode_wait_for_event(event, 1)
    early = commands.future()
    commands.commit()
    with pytest.raises(concurrent.futures.TimeoutError):
        early.result(timeout=0.01)
    assert early.cancel() is False
    event.signaled_value = 1
    assert early.result(timeout=20) is commands
    assert commands.future().result(timeout=20) is commands
    assert concurrent.futures.wait([commands.future()], timeout=20).not_done == set()


def test_failure_reaches_the_futures(device: pm.Device) -> None:
    event = device.new_event()
    event.label = "never"
    commands = device.new_command_queue().command_buffer()
    commands.encode_wait_for_event(event, 1)
    commands.encode_signal_event(event, 1)
    commands.commit()
    with pytest.raises(pm.MetalError, match=r"waits in a cycle.*'never'"):
        commands.future().result(timeout=20)

    async def wait() -> None:
        await commands

    with pytest.raises(pm.MetalError, match="waits in a cycle"):
        asyncio.run(wait())


def test_await(queue: pm.CommandQueue, add: Callable[..., None]) -> None:
    async def one(value: int) -> int:
        buffer = queue.device.new_buffer(256)
        with queue.command_buffer() as commands:
            add(commands, buffer, value)
        assert await commands is commands
        assert (await commands.completed()).status == pm.CommandBufferStatus.Completed
        return int(np.frombuffer(buffer, np.uint32)[0])

    async def main() -> list[int]:
        return await asyncio.gather(*(one(value) for value in range(20)))

    assert asyncio.run(main()) == list(range(20))


def test_await_can_be_cancelled(queue: pm.CommandQueue) -> None:
    event = queue.device.new_shared_event()
    commands = queue.command_buffer()
    commands.encode_wait_for_event(event, 1)
    commands.commit()

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(commands.completed(), 0.01)

    asyncio.run(main())
    event.signaled_value = 1
    assert commands.wait_until_completed(20)


def test_waits_with_a_timeout(queue: pm.CommandQueue) -> None:
    event = queue.device.new_shared_event()
    first, second = queue.command_buffer(), queue.command_buffer()
    first.encode_wait_for_event(event, 1)
    first.commit()
    second.commit()
    for timeout in (0, -1, 0.001, 0.06):
        assert first.wait_until_completed(timeout) is False
        assert second.wait_until_scheduled(timeout=timeout) is False
    with pytest.raises(pm.ValidationError, match="no number"):
        first.wait_until_completed(float("nan"))
    event.signaled_value = 1
    assert second.wait_until_completed() is True
    assert second.wait_until_scheduled(0) is True
    assert first.wait_until_completed(float("inf")) is True


def test_with_blocks(queue: pm.CommandQueue) -> None:
    with queue.command_buffer() as commands, commands.blit_command_encoder() as blit:
        blit.end_encoding()
    assert commands.status >= pm.CommandBufferStatus.Committed
    with queue.command_buffer() as commands:
        commands.commit()
    commands.wait_until_completed()
    following = queue.command_buffer()
    with pytest.raises(ZeroDivisionError), queue.command_buffer() as commands:
        commands.enqueue()
        following.commit()
        with commands.compute_command_encoder() as encoder:
            encoder.push_debug_group("open")
            raise ZeroDivisionError
    assert commands.status == pm.CommandBufferStatus.NotEnqueued
    following.wait_until_completed()
    with pytest.raises(pm.ValidationError, match="has an open encoder"), queue.command_buffer() as commands:
        left_open = commands.blit_command_encoder()
    left_open.end_encoding()


def test_cycle_of_two_queues(device: pm.Device) -> None:
    queues = [device.new_command_queue() for _ in range(2)]
    events = [device.new_event() for _ in range(2)]
    pairs = []
    for index, (queue, name) in enumerate(zip(queues, ("left", "right"))):
        queue.label, events[index].label = name, f"{name} done"
        commands = queue.command_buffer()
        commands.encode_wait_for_event(events[1 - index], 1)
        commands.encode_signal_event(events[index], 1)
        pairs.append(commands)
    for commands in pairs:
        commands.commit()
    for commands in pairs:
        commands.wait_until_completed()
        assert commands.status == pm.CommandBufferStatus.Error
        assert commands.error is not None
        assert commands.error.kind == pm.CommandBufferError.Timeout
        for word in ("Command queue 'left'", "Command queue 'right'", "Event 'left done'", "Event 'right done'"):
            assert word in commands.error.message
    for queue in queues:
        with queue.command_buffer() as commands:
            pass
        commands.wait_until_completed()
        assert commands.error is None


def run_with_timeout(code: str, timeout: str = "0.3") -> subprocess.CompletedProcess[str]:
    import os

    prelude = """
    import pymetal as pm
    device = pm.create_system_default_device()
    queue = device.new_command_queue()
    queue.label = "main"
    event = device.new_shared_event()
    event.label = "go"
    commands = queue.command_buffer()
    commands.label = "frame"
    """
    program = textwrap.dedent(prelude) + textwrap.dedent(code)
    environment = {**os.environ, "PYMETAL_WAIT_TIMEOUT": timeout}
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=environment)


def test_stuck_queue_ends_in_an_error_with_a_dump() -> None:
    code = """
    commands.encode_wait_for_event(event, 7)
    commands.commit()
    print(commands.wait_until_completed(30), commands.error)
    """
    done = run_with_timeout(code)
    line = "Command queue 'main' waits in Command buffer 'frame' for Shared event 'go' to reach 7 (it is 0)."
    assert "waits for Shared event 'go' to reach 7 longer than PYMETAL_WAIT_TIMEOUT (0.3 s)" in done.stdout, done.stderr
    assert f"What the queues wait for:\n  {line}" in done.stdout


@pytest.mark.parametrize("call", ["commands.wait_until_completed()", "event.wait_until_signaled(9)"])
def test_stuck_wait_of_the_host_raises(call: str) -> None:
    code = f"""
    first = queue.command_buffer()
    first.enqueue()
    commands.commit()
    try:
        {call}
    except pm.MetalError as error:
        print(type(error).__name__, error)
    """
    done = run_with_timeout(code)
    assert "MetalError" in done.stdout, done.stderr
    assert ": the wait takes longer than PYMETAL_WAIT_TIMEOUT (0.3 s)." in done.stdout
    assert "Command queue 'main' waits for a command buffer that is enqueued and not committed." in done.stdout


@pytest.mark.parametrize("value", ["soon", "-1", "0"])
def test_wrong_wait_timeout(value: str) -> None:
    done = run_with_timeout("", value)
    assert f"ValidationError: PYMETAL_WAIT_TIMEOUT is a positive number of seconds ({value})." in done.stderr


def test_full_queue_blocks(device: pm.Device) -> None:
    queue = device.new_command_queue(2)
    assert queue.max_command_buffer_count == 2
    assert device.new_command_queue().max_command_buffer_count == 64
    with pytest.raises(pm.ValidationError, match=r"at least one command buffer \(0\)"):
        device.new_command_queue(0)
    event = device.new_shared_event()
    for _ in range(2):
        with queue.command_buffer() as commands:
            commands.encode_wait_for_event(event, 1)
    made: list[pm.CommandBuffer] = []
    thread = threading.Thread(target=lambda: made.append(queue.command_buffer()))
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    event.signaled_value = 1
    thread.join(20)
    assert len(made) == 1


def test_concurrent_dispatches_and_barriers(
    queue: pm.CommandQueue, make_pipeline: Callable[..., pm.ComputePipelineState]
) -> None:
    pipeline = make_pipeline(ADD)
    buffers = [queue.device.new_buffer(256) for _ in range(8)]
    with queue.command_buffer() as commands:
        with commands.compute_command_encoder(pm.DispatchType.Concurrent) as encoder:
            assert encoder.dispatch_type == pm.DispatchType.Concurrent
            encoder.set_compute_pipeline_state(pipeline)
            for step in range(3):
                for buffer in buffers:
                    encoder.set_buffer(buffer, 0, 0)
                    encoder.set_bytes(np.uint32(step + 1), 1)
                    encoder.dispatch_threads(64, 1, 1, 32, 1, 1)
                if step == 0:
                    encoder.memory_barrier(pm.BarrierScope.Buffers | pm.BarrierScope.Textures)
                else:
                    encoder.memory_barrier(buffers)
        with commands.compute_command_encoder_with_dispatch_type(pm.DispatchType.Serial) as encoder:
            assert encoder.dispatch_type == pm.DispatchType.Serial
    commands.wait_until_completed()
    for buffer in buffers:
        assert set(np.frombuffer(buffer, np.uint32)) == {(1 * 3 + 2) * 3 + 3}


def test_queues_overlap_on_two_cores(device: pm.Device, make_pipeline: Callable[..., pm.ComputePipelineState]) -> None:
    """The first queue's kernel ends only once the second queue's has run."""
    wait = make_pipeline(
        "kernel void k(device atomic_uint *x) { while (atomic_load_explicit(x, memory_order_relaxed) == 0) {} }"
    )
    signal = make_pipeline(
        "kernel void k(device atomic_uint *x) { atomic_store_explicit(x, 1, memory_order_relaxed); }"
    )
    flag = device.new_buffer(4, pm.ResourceHazardTrackingModeUntracked)
    running = []
    for pipeline in (wait, signal):
        with device.new_command_queue().command_buffer() as commands, commands.compute_command_encoder() as encoder:
            encoder.set_compute_pipeline_state(pipeline)
            encoder.set_buffer(flag, 0, 0)
            encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
        running.append(commands)
    for commands in running:
        assert commands.wait_until_completed(60)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_multiprocessing_takes_handles(device: pm.Device, method: str) -> None:
    event = device.new_shared_event()
    context = multiprocessing.get_context(method)
    process = context.Process(target=signal_in_child, args=(event.new_shared_event_handle(),))
    process.start()
    assert event.wait_until_signaled(3, timeout_ms=60000)
    process.join()
    assert process.exitcode == 0


def signal_in_child(handle: pm.SharedEventHandle) -> None:
    pm.create_system_default_device().new_shared_event_with_handle(handle).signaled_value = 3
