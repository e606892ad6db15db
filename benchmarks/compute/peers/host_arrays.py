"""What the peers that work on NumPy's arrays in place have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.compute.row import Array, Problem


class HostTask:
    """Calls a function on copies of the problem's buffers."""

    def __init__(self, problem: Problem, work: Callable[[dict[str, Array]], Callable[[], None]]) -> None:
        self.problem = problem
        self.arrays = {name: np.array(first, order="C") for name, first in problem.buffers.items()}
        self.run = work(self.arrays)

    def restore(self, names: Iterable[str]) -> None:
        for name in names:
            self.arrays[name][...] = self.problem.buffers[name]

    def read(self, name: str) -> Array:
        return self.arrays[name]
