"""The columns of the table: a worker process for each peer, and what it runs with."""

from __future__ import annotations

import os
import pickle
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.compute.peers import Absent

ROOT = Path(__file__).parent.parent.parent


class Failed(Exception):
    """A peer could not do what it was asked; the text says why."""


@dataclass(frozen=True)
class Contestant:
    """A peer under a name, with the environment that makes it what it is."""

    name: str
    kind: str
    environment: Mapping[str, str] = field(default_factory=dict)


def thread_limits(threads: int) -> dict[str, str]:
    """The same number of threads for everybody, in each one's words."""
    count = str(threads)
    return {
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "POCL_MAX_PTHREAD_COUNT": count,
        "POCL_CPU_MAX_CU_COUNT": count,
        # Threads that keep spinning after their work would take time from whoever comes next.
        "OPENBLAS_THREAD_TIMEOUT": "16",
    }


class Worker:
    """Starts the process, asks it, and ends it."""

    def __init__(self, contestant: Contestant, threads: int, patience: float = 300.0) -> None:
        self.contestant = contestant
        self.patience = patience
        environment = {**os.environ, **thread_limits(threads), **contestant.environment}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
        command = [sys.executable, "-m", "benchmarks.compute.worker", contestant.kind]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        try:
            self.description = str(self.receive())
        except (Absent, Failed):
            self.end()
            raise

    def ask(self, request: str, *arguments: Any) -> Any:
        """Call a method of the server; raises Absent or Failed with its reason."""
        assert self.process.stdin is not None
        try:
            pickle.dump((request, arguments), self.process.stdin)
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise Failed(self.obituary()) from error
        return self.receive()

    def receive(self) -> Any:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], self.patience)[0]:
            self.process.kill()
            raise Failed(f"no answer within {self.patience:.0f} s")
        try:
            verdict, value = pickle.load(self.process.stdout)
        except (EOFError, pickle.UnpicklingError) as error:
            raise Failed(self.obituary()) from error
        if verdict == "absent":
            raise Absent(value)
        if verdict == "failed":
            raise Failed(value)
        return value

    def obituary(self) -> str:
        code = self.process.wait(timeout=10)
        return f"the process ends by signal {-code}" if code < 0 else f"the process ends with code {code}"

    def alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.close()
            self.process.wait(timeout=10)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def settle(seconds: float) -> None:
    """Give the threads of whoever ran last the time to fall asleep."""
    time.sleep(seconds)
