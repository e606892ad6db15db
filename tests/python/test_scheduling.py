"""The threads of PyMetal beside those of the program: how many there are, that they rest, and what a fork makes of them."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import child_process
import pytest

PRELUDE = (
    child_process.PRELUDE
    + """
import os, sys, threading
def threads(name):
    return sum(open(f"/proc/self/task/{t}/comm").read().strip() == name for t in os.listdir("/proc/self/task"))
"""
)


def python(code: str, **keywords: Any) -> str:
    done = child_process.run_python(code, PRELUDE, **keywords)
    assert done.returncode == 0, done.stderr
    return done.stdout


COUNT_POOL = """
pipeline = compile(INCREMENT)
assert run(pipeline, 20000, 10) == 20000
print(threads("pymetal-pool"), threads("pymetal-queue"))
"""


@pytest.mark.skipif(shutil.which("taskset") is None, reason="this machine has no taskset (Debian's util-linux)")
def test_pool_fits_the_affinity_mask() -> None:
    processors = sorted(os.sched_getaffinity(0))
    for count in {1, min(2, len(processors)), len(processors)}:
        mask = ",".join(str(p) for p in processors[:count])
        pool, queues = python(COUNT_POOL, prefix=("taskset", "-c", mask)).split()
        assert (int(pool), int(queues)) == (count - 1, 1)


@pytest.fixture
def one_processor_group() -> Iterator[Path]:
    """A control group, of either version, that grants one processor."""
    name = f"pymetal-test-{os.getpid()}"
    for parent, settings in (
        (Path("/sys/fs/cgroup/cpu"), {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "100000"}),
        (Path("/sys/fs/cgroup"), {"cpu.max": "100000 100000"}),
    ):
        if not (parent / "cgroup.procs").exists():
            continue
        group = parent / name
        try:
            group.mkdir()
        except OSError as error:
            pytest.skip(f"control groups cannot be made here ({error})")
        try:
            for file, value in settings.items():
                (group / file).write_text(value)
        except OSError as error:
            group.rmdir()
            pytest.skip(f"control groups cannot limit processors here ({error})")
        yield group
        group.rmdir()
        return
    pytest.skip("this machine has no control groups for processors at /sys/fs/cgroup")


def test_pool_fits_the_quota(one_processor_group: Path) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one processor: a quota changes nothing")
    join = f"open({str(one_processor_group / 'cgroup.procs')!r}, 'w').write(str(os.getpid()))\n"
    assert python(join + textwrap.dedent(COUNT_POOL)).split() == ["0", "1"]
    # Without the group there are more.
    assert int(python(COUNT_POOL).split()[0]) == len(os.sched_getaffinity(0)) - 1


def test_threads_that_have_nothing_to_do_sleep() -> None:
    """The scheduler gives them no time between two looks; NumPy computes in between."""
    code = """
    import time
    def slices():
        # Times that the scheduler has let each thread of PyMetal run.
        found = {}
        for thread in os.listdir("/proc/self/task"):
            if open(f"/proc/self/task/{thread}/comm").read().startswith("pymetal-"):
                found[thread] = open(f"/proc/self/task/{thread}/schedstat").read().split()[2]
        return found
    pipeline = compile(INCREMENT)
    for _ in range(50):
        assert run(pipeline, 20000, 10) == 20000
        assert run(pipeline, 1) == 1
    numbers = np.ones((300, 300))
    for _ in range(200):
        before = slices()
        for _ in range(20):
            numbers = numbers @ numbers / 300
        time.sleep(0.01)
        if slices() == before:
            print("quiet", numbers[0, 0])
            break
    """
    assert python(code).split() == ["quiet", "1.0"]


def test_exit_with_a_commit_that_rests() -> None:
    code = """
    pipeline = compile(INCREMENT)
    for _ in range(20):
        assert run(pipeline, 8, 8) == 8
    kept = [start(pipeline, 8, 8) for _ in range(10)]
    print("leaving")
    """
    assert python(code) == "leaving\n"


def test_fork_with_work_in_flight() -> None:
    code = """
    endless, increment = compile(ENDLESS), compile(INCREMENT)
    running, held = start(endless, 4)
    later, _ = start(increment, 100)
    running.wait_until_scheduled()
    child = os.fork()
    if child == 0:
        for call in (running.wait_until_completed, queue.command_buffer):
            try:
                call()
                os._exit(1)
            except pm.ResourceError as error:
                assert "before the process was forked" in str(error), error
        own = device.new_command_queue()
        assert run(increment, 5000, 10, own) == 5000
        assert run(compile(INCREMENT.replace("1,", "2,")), 64, 64, own) == 128
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    held.contents().view(np.int32)[0] = 1
    later.wait_until_completed()
    print(running.status.name, later.status.name)
    """
    assert python(code).split() == ["Completed", "Completed"]


def test_forks_while_other_threads_work() -> None:
    """A lock that another thread holds at the fork must not be one that the child needs."""
    code = """
    increment = compile(INCREMENT)
    stop = threading.Event()
    def work():
        own = device.new_command_queue()
        while not stop.is_set():
            assert run(increment, 3000, 10, own) == 3000
            assert run(increment, 8, 8, own) == 8
    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for _ in range(25):
        child = os.fork()
        if child == 0:
            own = device.new_command_queue()
            done = run(increment, 500, 10, own) == 500 and run(increment, 8, 8, own) == 8
            os._exit(7 if done else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    stop.set()
    for worker in workers:
        worker.join()
    print("done")
    """
    assert python(code) == "done\n"


def test_forks_while_other_threads_compile() -> None:
    code = """
    increment = compile(INCREMENT)
    stop = threading.Event()
    def work(seed):
        for n in range(seed, 10000, 2):
            if stop.is_set():
                break
            compile(INCREMENT.replace("1,", f"{n},"))
    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for worker in workers:
        worker.start()
    for value in range(8):
        child = os.fork()
        if child == 0:
            own = device.new_command_queue()
            os._exit(7 if run(compile(INCREMENT.replace("1,", f"{20000 + value},")), 3, 1, own) == 60000 + 3 * value else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    stop.set()
    for worker in workers:
        worker.join()
    print("done")
    """
    assert python(code, env={**os.environ, "PYMETAL_CACHE": "0"}) == "done\n"


def test_multiprocessing_by_fork() -> None:
    code = """
    import multiprocessing
    increment = compile(INCREMENT)
    assert run(increment, 10) == 10
    def work(grid):
        own = device.new_command_queue()
        return run(increment, grid, 10, own), run(compile(INCREMENT), grid, 10, own)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, [10, 200, 3000]))
    assert run(increment, 10) == 10
    """
    assert python(code) == "[(10, 10), (200, 200), (3000, 3000)]\n"


def test_interrupt_ends_every_long_wait() -> None:
    code = """
    import signal
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the shell may have had it ignored
    event = device.new_shared_event()
    narrow = device.new_command_queue(1)
    stuck = narrow.command_buffer()
    stuck.encode_wait_for_event(event, 1)
    stuck.commit()
    for wait in (stuck.wait_until_completed, narrow.command_buffer, lambda: event.wait_until_signaled(1)):
        timer = threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT))
        timer.start()
        try:
            wait()
        except KeyboardInterrupt:
            print("interrupted")
        timer.join()
    event.signaled_value = 1
    stuck.wait_until_completed()
    print(stuck.status.name)
    """
    assert python(code).split() == ["interrupted"] * 3 + ["Completed"]
