"""The process that serves one peer: `python -m benchmarks.compute.worker KIND` answers pickled requests on its input.

A process each keeps compilers, thread pools and crashes of the peers apart.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
from typing import Any, BinaryIO

from benchmarks.compute.peers import Absent, Task, make_peer
from benchmarks.compute.row import Problem, Row
from benchmarks.compute.rows import all_rows


class Server:
    """Holds the row that is open."""

    def __init__(self, kind: str) -> None:
        self.peer = make_peer(kind)
        self.rows = all_rows()
        self.row: Row | None = None
        self.problem: Problem | None = None
        self.task: Task | None = None
        self.salt = 0

    def describe(self) -> str:
        return self.peer.description

    def open(self, name: str, size: str) -> dict[str, Any]:
        """Prepare a row, run it once, and return what the checked buffers hold."""
        self.task = None
        self.row = self.rows[name]
        self.problem = self.row.problem(self.row.sizes[size])
        self.salt = 0
        self.task = self.prepare()
        self.task.run()
        return {buffer: self.task.read(buffer) for buffer in self.problem.checked}

    def prepare(self) -> Task:
        assert self.row is not None and self.problem is not None
        self.salt += 1
        return self.peer.prepare(self.row, self.problem, self.salt)

    def time(self, count: int) -> float:
        """Seconds that so many repetitions take; memory is restored outside them."""
        assert self.row is not None and self.problem is not None and self.task is not None
        total = 0.0
        for _ in range(count):
            if self.row.kind == "compile":
                begin = time.perf_counter()
                self.task = self.prepare()
            else:
                self.task.restore(self.problem.restore)
                begin = time.perf_counter()
            self.task.run()
            total += time.perf_counter() - begin
        return total

    def stages(self) -> dict[str, float]:
        """Seconds of the parts of the last preparation, where the peer tells them apart."""
        return dict(getattr(self.task, "stages", {}))

    def close(self) -> None:
        self.task = None


def serve(kind: str, requests: BinaryIO, answers: BinaryIO) -> None:
    def answer(*values: Any) -> None:
        pickle.dump(values, answers)
        answers.flush()

    try:
        server = Server(kind)
    except Absent as reason:
        answer("absent", str(reason))
        return
    answer("ok", server.describe())
    while True:
        try:
            name, arguments = pickle.load(requests)
        except EOFError:
            return
        try:
            answer("ok", getattr(server, name)(*arguments))
        except Absent as reason:
            answer("absent", str(reason))
        except Exception as error:  # whatever a peer throws is a blank cell of the table, with this reason
            answer("failed", f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    # What libraries print goes to the error stream; only answers go out.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.argv[1], sys.stdin.buffer, out)
