"""The peers: each runs a row's problem in its own language. One process serves one peer (see worker.py)."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Protocol

from benchmarks.compute.row import Array, Problem, Row


class Absent(Exception):
    """This peer has no part in the row, or is not on this machine; the text says why."""


class Task(Protocol):
    """A row's problem, ready to run: memory filled, code made."""

    def run(self) -> None:
        """One repetition, from the first call to the last result."""

    def restore(self, names: Iterable[str]) -> None:
        """Give these buffers their first contents back."""

    def read(self, name: str) -> Array:
        """What a buffer holds now."""


class Peer(Protocol):
    """What a peer's module offers as `make_peer()`."""

    # As found on this machine, with its version.
    description: str

    def prepare(self, row: Row, problem: Problem, salt: int) -> Task:
        """Make a task; `salt` takes the place of SALT in the row's source."""


_MODULES = {
    "pymetal": "pymetal_peer",
    "opencl": "opencl_peer",
    "cpp": "cpp_peer",
    "scalar": "scalar_peer",
    "numpy": "numpy_peer",
}
KINDS = tuple(_MODULES)


def make_peer(kind: str) -> Peer:
    """Load a peer; raises Absent where this machine does not have it."""
    peer: Peer = importlib.import_module(f"{__name__}.{_MODULES[kind]}").make_peer()
    return peer
