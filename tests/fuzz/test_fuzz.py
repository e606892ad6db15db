"""A small dose of what tools/fuzz does at length."""

from __future__ import annotations

import shutil

import compare
import mutate
import pytest
import rounds


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ computes what is right")
def test_programs_compute_what_their_cpp_does() -> None:
    assert compare.check("reference", range(1, 13)) == {}


def test_lanes_meet_alike_on_both_executors() -> None:
    assert compare.check("lanes", range(1, 17)) == {}


def test_lanes_leave_loops_with_those_of_their_round() -> None:
    assert list(rounds.check(range(1, 25))) == []


def test_broken_sources_are_rejected_in_time() -> None:
    findings = mutate.check(range(1, 61), workers=1, generated=True)
    assert findings.wrong == {}
    assert findings.counts["compiles"] > 0 and findings.counts["is rejected"] > 0


def test_a_process_that_ends_is_a_finding() -> None:
    """The worker of a seed that it does not understand ends, and is replaced for the next one."""
    worker = mutate.Worker()
    worker.give("no number")  # type: ignore[arg-type]
    assert worker.answer(timeout=60) == "ends the process (1)"
    worker.give(1)
    assert worker.answer(timeout=60) in ("compiles", "is rejected")
    worker.stop()
