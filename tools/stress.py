"""Many Python threads do everything at once to one device: tools/stress.py [threads] [operations per thread] [seed].

Every thread checks its own results, and at the end nothing may be left.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import threading
import time

os.environ.setdefault("PYMETAL_WAIT_TIMEOUT", "300")

import numpy as np
import pymetal as pm
from pymetal import _core

KERNELS = ((3, 1), (5, 7), (1, 11), (7, 0))
SOURCE = (
    "kernel void step(device uint *x [[buffer(0)]], uint i [[thread_position_in_grid]]) {{ x[i] = x[i] * {}u + {}u; }}"
)
LANES = 64

device = pm.create_system_default_device()


def compile_kernel(kernel: int) -> pm.ComputePipelineState:
    library = device.new_library_with_source(SOURCE.format(*KERNELS[kernel]))
    return device.new_compute_pipeline_state(library.new_function("step"))


queues = [device.new_command_queue() for _ in range(4)]
pipelines = [compile_kernel(kernel) for kernel in range(len(KERNELS))]


class Worker(threading.Thread):
    """Checks its own results."""

    def __init__(self, seed: int, operations: int) -> None:
        super().__init__(name=f"worker {seed}")
        self.random = random.Random(seed)
        self.operations = operations
        self.error: BaseException | None = None
        self.handled = 0
        self.expects_handled = 0

    def run(self) -> None:
        actions = (self.run_and_wait, self.hop, self.fence, self.make_and_drop, self.await_future, self.compile)
        try:
            for _ in range(self.operations):
                self.random.choices(actions, (30, 20, 15, 25, 10, 0.2))[0]()
        except BaseException as error:
            self.error = error

    def encode(self, commands: pm.CommandBuffer, buffer: pm.Buffer, value: int, fence: pm.Fence | None = None) -> int:
        kernel = self.random.randrange(len(KERNELS))
        with commands.compute_command_encoder() as encoder:
            if fence is not None:
                encoder.wait_for_fence(fence)
                encoder.update_fence(fence)
            encoder.set_compute_pipeline_state(pipelines[kernel])
            encoder.set_buffer(buffer, 0, 0)
            encoder.dispatch_threads(LANES, 1, 1, 32, 1, 1)
        multiplier, summand = KERNELS[kernel]
        return (value * multiplier + summand) % 2**32

    def new_buffer(self, value: int, options: int = 0) -> pm.Buffer:
        return device.new_buffer_with_data(np.full(LANES, value, np.uint32), options=options)

    def finish(self, commands: pm.CommandBuffer, buffer: pm.Buffer, expected: int) -> None:
        commands.wait_until_completed()
        assert commands.error is None, commands.error
        assert (np.frombuffer(buffer, np.uint32) == expected).all()

    def run_and_wait(self) -> None:
        buffer = self.new_buffer(9)
        commands = self.random.choice(queues).command_buffer()
        expected = self.encode(commands, buffer, 9)
        self.expects_handled += 1

        def handle(completed: pm.CommandBuffer) -> None:
            assert completed.status == pm.CommandBufferStatus.Completed
            self.handled += 1

        commands.add_completed_handler(handle)
        commands.commit()
        self.finish(commands, buffer, expected)

    def hop(self) -> None:
        event = self.random.choice((device.new_event, device.new_shared_event))()
        buffer, value = self.new_buffer(1), 1
        for index, queue in enumerate(self.random.sample(queues, len(queues))):
            commands = queue.command_buffer()
            commands.encode_wait_for_event(event, index)
            value = self.encode(commands, buffer, value)
            commands.encode_signal_event(event, index + 1)
            commands.commit()
        self.finish(commands, buffer, value)

    def fence(self) -> None:
        fence = device.new_fence()
        buffer, value = self.new_buffer(2, pm.ResourceHazardTrackingModeUntracked), 2
        queue = self.random.choice(queues)
        for _ in range(2):
            commands = queue.command_buffer()
            for _ in range(2):
                value = self.encode(commands, buffer, value, fence)
            commands.commit()
        self.finish(commands, buffer, value)

    def make_and_drop(self) -> None:
        buffer = device.new_buffer(self.random.randrange(1, 100000))
        assert buffer.contents()[-1] == 0
        commands = self.random.choice(queues).command_buffer()
        commands.add_completed_handler(lambda _: commands)
        if self.random.random() < 0.5:
            commands.enqueue()

    def await_future(self) -> None:
        buffer = self.new_buffer(5)
        with self.random.choice(queues).command_buffer() as commands:
            expected = self.encode(commands, buffer, 5)
        self.finish(commands.future().result(), buffer, expected)

    def compile(self) -> None:
        assert compile_kernel(self.random.randrange(len(KERNELS))).thread_execution_width == 32


def main() -> None:
    threads, operations, seed = (int(text) for text in (*sys.argv[1:], *("32", "10000", "1")[len(sys.argv) - 1 :]))
    # A dropped command buffer that was enqueued, and waits for the collector in a cycle, holds its queue up until then.
    before = _core.live_objects()
    workers = [Worker(seed + index, operations) for index in range(threads)]
    collector_stops = threading.Event()

    def collect() -> None:
        while not collector_stops.wait(0.01):
            gc.collect()

    collector = threading.Thread(target=collect)
    collector.start()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    collector_stops.set()
    collector.join()
    for worker in workers:
        if worker.error is not None:
            raise worker.error
    deadline = time.monotonic() + 30
    while any(worker.handled != worker.expects_handled for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert all(worker.handled == worker.expects_handled for worker in workers), "a handler was lost"
    while time.monotonic() < deadline:
        gc.collect()
        if _core.live_objects() == before:
            break
        time.sleep(0.01)
    assert _core.live_objects() == before, (before, _core.live_objects())
    print(f"{threads} threads x {operations} operations: every result right, nothing left")


if __name__ == "__main__":
    main()
