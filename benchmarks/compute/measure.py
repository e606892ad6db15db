"""Runs a row on all contestants: results first, then times in interleaved repetitions."""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.compute.contestants import Contestant, Failed, Worker, settle
from benchmarks.compute.peers import Absent
from benchmarks.compute.row import Row, find_error


@dataclass(frozen=True)
class Effort:
    """How much time goes into a row."""

    repetitions: int = 15
    # A measurement lasts at least so long; quick work is repeated within it.
    least_seconds: float = 0.02
    # A contestant that would take longer than this for a row repeats less often, but thrice at least.
    most_seconds: float = 5.0
    pause: float = 0.02
    # After a pause a core runs slowly for some milliseconds.
    warm_up: float = 0.03


class Field:
    """The workers; one that ended is started anew when the next row needs it."""

    def __init__(self, contestants: Sequence[Contestant], threads: int) -> None:
        self.contestants = contestants
        self.threads = threads
        self.workers: dict[str, Worker] = {}
        self.descriptions: dict[str, str] = {}

    def worker(self, contestant: Contestant) -> Worker:
        """Raises Absent or Failed."""
        worker = self.workers.get(contestant.name)
        if worker is None or not worker.alive():
            worker = self.workers[contestant.name] = Worker(contestant, self.threads)
            self.descriptions[contestant.name] = worker.description
        return worker

    def end(self) -> None:
        for worker in self.workers.values():
            worker.end()


def check(field: Field, row: Row, size: str) -> tuple[dict[str, Worker], dict[str, str]]:
    """Open the row everywhere and compare the results: who may be timed, and why the others may not."""
    problem = row.problem(row.sizes[size])
    fit: dict[str, Worker] = {}
    reasons: dict[str, str] = {}
    for contestant in field.contestants:
        try:
            worker = field.worker(contestant)
            outputs: Mapping[str, Any] = worker.ask("open", row.name, size)
        except (Absent, Failed) as error:
            reasons[contestant.name] = str(error)
            continue
        error_text = find_error(problem, outputs)
        if error_text is None:
            fit[contestant.name] = worker
        else:
            reasons[contestant.name] = f"wrong result: {error_text}"
    return fit, reasons


@dataclass(frozen=True)
class Plan:
    """How many repetitions make the warm-up and a measurement, and how many measurements to take."""

    warm_up: int
    repetitions: int
    measurements: int


def calibrate(worker: Worker, effort: Effort) -> Plan:
    once: float = worker.ask("time", 1)
    once = min(once, worker.ask("time", 1))
    count = min(max(1, math.ceil(effort.least_seconds / once)), 100_000)
    affordable = int(effort.most_seconds / (once * count))
    warm_up = min(int(effort.warm_up / once), 100_000)
    return Plan(warm_up, count, max(3, min(effort.repetitions, affordable)))


@dataclass
class Times:
    """Seconds of a repetition, several by contestant, and of the parts of a preparation."""

    seconds: dict[str, list[float]]
    stages: dict[str, list[dict[str, float]]]
    reasons: dict[str, str]


def time_row(workers: Mapping[str, Worker], effort: Effort) -> Times:
    """The order rotates, so that nobody always follows the same other."""
    plans: dict[str, Plan] = {}
    times = Times({}, {}, {})
    for name, worker in workers.items():
        try:
            plans[name] = calibrate(worker, effort)
            times.seconds[name], times.stages[name] = [], []
        except Failed as error:
            times.reasons[name] = str(error)
    for repetition in range(effort.repetitions):
        names = list(plans)
        for position in range(len(names)):
            name = names[(position + repetition) % len(names)]
            plan = plans[name]
            # Spread evenly over the run where fewer are wanted.
            done, due = (k * plan.measurements // effort.repetitions for k in (repetition, repetition + 1))
            if done == due:
                continue
            settle(effort.pause)
            try:
                workers[name].ask("time", plan.warm_up)
                times.seconds[name].append(workers[name].ask("time", plan.repetitions) / plan.repetitions)
                times.stages[name].append(workers[name].ask("stages"))
            except Failed as error:
                times.reasons[name] = str(error)
                del plans[name], times.seconds[name]
    return times


def summarize(values: Sequence[float]) -> dict[str, Any]:
    return {"min": min(values), "median": statistics.median(values), "all": list(values)}


def measure(field: Field, row: Row, size: str, effort: Effort | None) -> dict[str, Any]:
    """A row's entry in the results; without an effort only the results are checked."""
    workers, reasons = check(field, row, size)
    entry: dict[str, Any] = {"name": row.name, "title": row.title, "unit": row.unit, "kind": row.kind}
    entry |= {"barriers": row.barriers, "arithmetic": row.arithmetic, "remark": row.remark}
    entry["work"] = row.problem(row.sizes[size]).work
    entry["verified"] = sorted(workers)
    if effort is not None:
        times = time_row(workers, effort)
        reasons |= times.reasons
        entry["seconds"] = {name: summarize(values) for name, values in times.seconds.items()}
        if row.kind == "compile":
            entry["stages"] = {
                name: {part: statistics.median(one[part] for one in parts) for part in parts[0]}
                for name, parts in times.stages.items()
                if parts and parts[0]
            }
    entry["reasons"] = reasons
    for worker in workers.values():
        if worker.alive():
            worker.ask("close")
    wrong = {name: reason for name, reason in reasons.items() if reason.startswith("wrong result")}
    for name, reason in wrong.items():
        print(f"{row.name}: {name}: {reason}", file=sys.stderr)
    return entry
