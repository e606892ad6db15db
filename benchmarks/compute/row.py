"""What a row of the benchmark is: one problem, and the same kernel in the languages of all peers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# The name of a buffer, or a scalar that is passed by value.
Argument = Union[str, np.generic]


@dataclass(frozen=True)
class Dispatch:
    """One kernel over a grid of threads; the grid is a multiple of the threadgroup."""

    kernel: str
    arguments: Sequence[Argument]
    grid: tuple[int, ...]
    threadgroup: tuple[int, ...]


@dataclass(frozen=True)
class Tolerance:
    """How far a result may lie from the exact one, and which part of the values may lie further."""

    relative: float = 0.0
    absolute: float = 0.0
    outliers: float = 0.0


@dataclass
class Problem:
    """One size of a row: the memory, and what one repetition does to it."""

    buffers: dict[str, Array]
    # A list for each command buffer.
    command_buffers: Sequence[Sequence[Dispatch]]
    # What the C++ function of the row's name is called with.
    arguments: Sequence[Argument]
    # The buffers whose contents are compared, and what they must hold; called once, so it may be slow.
    checked: Sequence[str]
    expected: Callable[[], Mapping[str, Array]]
    tolerance: Tolerance
    # What one repetition amounts to: 12.0 where a row in GB/s moves 12e9 bytes; a latency row's millions of dispatches.
    work: float
    # Buffers that get their first contents back before each repetition, outside the measured time.
    restore: Sequence[str] = ()


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    name: str
    title: str
    unit: str
    # By size's name: tiny (tests), small (while developing), full (the table).
    sizes: Mapping[str, int]
    problem: Callable[[int], Problem]
    metal: str
    opencl: str = ""
    cpp: str = ""
    # Works in place on the buffers.
    numpy: Callable[[dict[str, Array]], None] | None = None
    # Tells rows apart that have targets of their own.
    barriers: bool = False
    arithmetic: bool = False
    # "throughput" rows repeat the dispatches; "latency" rows too, and are reported in microseconds per dispatch;
    # "compile" rows begin each repetition at the source, where SALT stands for a number that was not there before.
    kind: str = "throughput"
    # What holds the row back, for the page to say where a target is missed.
    remark: str = ""


def find_error(problem: Problem, outputs: Mapping[str, Array]) -> str | None:
    """Compare results with the exact ones; None if they agree."""
    tolerance = problem.tolerance
    for name, exact in problem.expected().items():
        wanted = np.asarray(exact, dtype=np.float64).ravel()
        got = np.asarray(outputs[name], dtype=np.float64).ravel()[: wanted.size]
        far = ~(np.abs(got - wanted) <= tolerance.absolute + tolerance.relative * np.abs(wanted))
        if far.mean() > tolerance.outliers:
            index = int(np.argmax(far))
            return (
                f"{int(far.sum())} of {far.size} values of {name} are off; "
                f"the first, at {index}, is {got[index]!r} instead of {wanted[index]!r}"
            )
    return None
