"""Every row of the compute benchmark at its smallest size, in every language that is at hand; nothing is timed."""

from __future__ import annotations

import importlib.util
import os
import shutil
from functools import lru_cache

import pytest

from benchmarks.compute.contestants import Contestant
from benchmarks.compute.measure import Field, measure
from benchmarks.compute.peers import Peer, make_peer
from benchmarks.compute.row import find_error
from benchmarks.compute.rows import all_rows

ROWS = all_rows()
make_peer_once = lru_cache(maxsize=None)(make_peer)


def run(peer: Peer, name: str) -> None:
    row = ROWS[name]
    problem = row.problem(row.sizes["tiny"])
    task = peer.prepare(row, problem, salt=1)
    task.run()
    assert find_error(problem, {buffer: task.read(buffer) for buffer in problem.checked}) is None
    # The second time needs what restore() does, and nothing else; where nothing is restored, results may build up.
    if problem.restore:
        task.restore(problem.restore)
        task.run()
        assert find_error(problem, {buffer: task.read(buffer) for buffer in problem.checked}) is None


@pytest.mark.parametrize("name", ROWS)
def test_pymetal(name: str) -> None:
    run(make_peer_once("pymetal"), name)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.numpy is not None])
def test_numpy(name: str) -> None:
    if importlib.util.find_spec("scipy") is None:
        pytest.skip("some rows need SciPy")
    run(make_peer_once("numpy"), name)


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no g++")
@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.cpp and row.kind == "throughput"])
def test_cpp(name: str) -> None:
    run(make_peer_once("cpp"), name)


@pytest.mark.skipif("PYMETAL_TEST_OPENCL" not in os.environ, reason="PYMETAL_TEST_OPENCL is not set")
def test_opencl() -> None:
    """In a process of its own, since PoCL brings another LLVM; each kernel takes it seconds to compile."""
    field = Field([Contestant("OpenCL", "opencl", {"POCL_KERNEL_CACHE": "0"})], threads=2)
    try:
        entries = [measure(field, row, "tiny", None) for row in ROWS.values() if row.opencl]
    finally:
        field.end()
    assert {entry["name"]: entry["reasons"] for entry in entries if entry["reasons"]} == {}
