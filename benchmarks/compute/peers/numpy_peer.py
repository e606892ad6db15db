"""NumPy and SciPy, for the rows whose operation they have."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.compute.peers import Absent
from benchmarks.compute.peers.host_arrays import HostTask
from benchmarks.compute.row import Problem, Row


class NumPyPeer:
    def __init__(self) -> None:
        self.description = f"NumPy {np.__version__}"
        try:
            import scipy
        except ImportError:
            return
        self.description += f", SciPy {scipy.__version__}"

    def prepare(self, row: Row, problem: Problem, salt: int) -> HostTask:
        operation = row.numpy
        if operation is None:
            raise Absent("no such operation")
        return HostTask(problem, lambda arrays: partial(operation, arrays))


def make_peer() -> NumPyPeer:
    return NumPyPeer()
