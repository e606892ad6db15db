"""The harness of the compute benchmark: what it accepts as a result, how peers may fail, and what it writes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from benchmarks.compute.__main__ import main
from benchmarks.compute.contestants import Contestant, Failed, Worker
from benchmarks.compute.measure import Field, measure
from benchmarks.compute.report import geometric_mean, number, ratio
from benchmarks.compute.row import Problem, Tolerance, find_error
from benchmarks.compute.rows import all_rows
from benchmarks.compute.targets import find_missed, spread


def problem(tolerance: Tolerance) -> Problem:
    exact = np.array([1.0, 2.0, 4.0, 8.0])
    return Problem(
        buffers={"x": np.zeros(4, np.float32)},
        command_buffers=[],
        arguments=(),
        checked=["x"],
        expected=lambda: {"x": exact},
        tolerance=tolerance,
        work=1.0,
    )


@pytest.mark.parametrize(
    ("values", "tolerance", "wrong"),
    [
        ([1, 2, 4, 8], Tolerance(), None),
        ([1, 2, 5, 8], Tolerance(), "1 of 4 values of x are off; the first, at 2"),
        ([1, 2, 4.04, 8], Tolerance(relative=0.011), None),
        ([1.04, 2, 4, 8], Tolerance(relative=0.011), "at 0"),
        ([1, 2, 4, 9], Tolerance(absolute=1), None),
        ([1, 2, 4, np.nan], Tolerance(relative=1, absolute=1), "nan"),
        ([1, 2, 4, 99], Tolerance(outliers=0.25), None),
        ([1, 2, 99, 99], Tolerance(outliers=0.25), "2 of 4"),
    ],
)
def test_results_are_compared(values: list[float], tolerance: Tolerance, wrong: str | None) -> None:
    error = find_error(problem(tolerance), {"x": np.array(values, np.float32)})
    assert error is None if wrong is None else error is not None and wrong in error


def test_rows_tell_what_they_are() -> None:
    for name, row in all_rows().items():
        assert name == row.name
        assert set(row.sizes) == {"tiny", "small", "full"}
        small = row.problem(row.sizes["tiny"])
        assert small.work > 0
        for dispatch in (dispatch for dispatches in small.command_buffers for dispatch in dispatches):
            assert all(size % group == 0 for size, group in zip(dispatch.grid, dispatch.threadgroup))
            assert {a for a in dispatch.arguments if isinstance(a, str)} <= set(small.buffers)


def test_a_peer_that_dies_is_a_reason_and_comes_back() -> None:
    contestant = Contestant("NumPy", "numpy")
    field = Field([contestant], threads=1)
    row = all_rows()["saxpy"]
    try:
        worker = field.worker(contestant)
        worker.process.kill()
        worker.process.wait()
        with pytest.raises(Failed, match="ends by signal 9"):
            worker.ask("describe")
        entry = measure(field, row, "tiny", None)
    finally:
        field.end()
    assert entry["verified"] == ["NumPy"]


def test_an_error_of_a_peer_is_a_reason() -> None:
    worker = Worker(Contestant("NumPy", "numpy"), threads=1)
    try:
        with pytest.raises(Failed, match="KeyError"):
            worker.ask("open", "no such row", "tiny")
        assert "NumPy" in worker.ask("describe")
    finally:
        worker.end()


def test_numbers() -> None:
    assert [number(value) for value in (None, 0.1234, 9.876, 12.34, 1234.5)] == ["", "0.12", "9.88", "12.3", "1234"]
    assert geometric_mean([1, 4]) == pytest.approx(2)
    assert geometric_mean([]) is None
    entry = {"seconds": {"PyMetal": {"median": 2.0}, "C++": {"median": 3.0}}}
    assert ratio(entry, "C++") == 1.5
    assert ratio(entry, "NumPy") is None


def test_the_command_writes_results_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, page = tmp_path / "results.json", tmp_path / "performance.md"
    nowhere = tmp_path / "vendors"
    nowhere.mkdir()
    arguments = ["--size", "tiny", "--peers", "numpy,opencl", "--opencl", f"Nobody={nowhere}", "--repetitions", "1"]
    files = ["--json", str(results), "--page", str(page)]
    assert main([*arguments, *files, "--rows", "saxpy"]) == 0
    assert main([*arguments, *files, "--rows", "latency_single,compile_saxpy", "--merge"]) == 0
    assert capsys.readouterr().out.count("\n") == 3

    written = json.loads(results.read_text())
    assert [row["name"] for row in written["rows"]] == ["saxpy", "latency_single", "compile_saxpy"]
    first = written["rows"][0]
    assert set(first["seconds"]) == {"PyMetal", "NumPy"}
    assert first["seconds"]["PyMetal"]["min"] > 0
    assert set(first["reasons"]) == {"Nobody"}
    assert set(written["rows"][2]["stages"]["PyMetal"]) == {"library", "pipeline"}

    text = page.read_text()
    assert "| saxpy | " in text
    assert "## Empty cells" in text
    assert "(performance.svg)" in text
    ElementTree.parse(page.with_suffix(".svg"))


@pytest.mark.parametrize(
    ("kind", "barriers", "arithmetic", "peer", "ratio", "target"),
    [
        ("throughput", False, False, "cpp", 0.69, 0.7),
        ("throughput", False, False, "cpp", 0.71, None),
        ("throughput", True, False, "cpp", 0.61, None),
        ("throughput", True, False, "cpp", 0.59, 0.6),
        ("throughput", True, False, "opencl", 0.99, 1.0),
        ("latency", False, False, "opencl", 0.99, 1.0),
        ("latency", False, False, "cpp", 0.1, None),
        ("throughput", False, True, "scalar", 7.9, 8.0),
        ("throughput", False, False, "scalar", 1.0, None),
        ("throughput", False, True, "numpy", 0.1, None),
    ],
)
def test_missed_targets(
    kind: str, barriers: bool, arithmetic: bool, peer: str, ratio: float, target: float | None
) -> None:
    entry = {
        "title": "row",
        "kind": kind,
        "barriers": barriers,
        "arithmetic": arithmetic,
        "remark": "why",
        "seconds": {
            "PyMetal": {"median": 2.0, "all": [1.0, 2.0, 3.0]},
            "peer": {"median": 2.0 * ratio, "all": [0.8, 2.0 * ratio, 3.0]},
        },
    }
    missed = find_missed({"rows": [entry], "kinds": {"PyMetal": "pymetal", "peer": peer}, "threads": 2}, "PyMetal")
    assert [(miss.peer, miss.target, miss.remark) for miss in missed] == ([("peer", target, "why")] if target else [])


def test_spread() -> None:
    assert spread([1.0, 2.0, 1.0, 4.0, 1.0], [1.0, 4.0, 3.0, 16.0, 5.0]) == (2.0, 4.0)
    assert spread([2.0], [3.0, 4.0]) == (1.5, 1.5)


def test_the_command_knows_its_rows() -> None:
    with pytest.raises(SystemExit, match=r"no such row \(sxpy\)"):
        main(["--rows", "sxpy"])
    with pytest.raises(SystemExit, match=r"no such peer \(cuda\)"):
        main(["--peers", "cuda"])
