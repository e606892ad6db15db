"""What PyMetal sets out to reach: least ratios of a peer's time to its own."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Missed:
    """A ratio that is below its target."""

    title: str
    peer: str
    ratio: float
    target: float
    remark: str
    # Between these lies half of the ratios of measurements that followed each other.
    spread: tuple[float, float]


def target(entry: Mapping[str, Any], kind: str, threads: int) -> float | None:
    """The least ratio of a row to a peer of that kind; None where nothing is set."""
    if entry["kind"] != "throughput":
        return 1.0 if kind == "opencl" else None
    if kind == "opencl":
        return 1.0
    if kind == "cpp":
        # Barriers cut a kernel into pieces; a loop that is written by hand has none.
        return 0.6 if entry["barriers"] else 0.7
    if kind == "scalar":
        # Half of the eight lanes of AVX2 on each core.
        return 4.0 * threads if entry["arithmetic"] else None
    return None


def spread(subject: Sequence[float], peer: Sequence[float]) -> tuple[float, float]:
    """The quartiles of what the peer took relative to the subject, a measurement each."""
    ratios = [theirs / own for own, theirs in zip(subject, peer)]
    if len(ratios) < 2:
        return ratios[0], ratios[0]
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return low, high


def find_missed(results: Mapping[str, Any], subject: str) -> list[Missed]:
    missed = []
    for entry in results["rows"]:
        seconds = entry.get("seconds", {})
        for peer, kind in results["kinds"].items():
            wanted = target(entry, kind, results["threads"])
            if wanted is None or subject not in seconds or peer not in seconds:
                continue
            ratio = seconds[peer]["median"] / seconds[subject]["median"]
            if ratio < wanted:
                measured = spread(seconds[subject]["all"], seconds[peer]["all"])
                missed.append(Missed(entry["title"], peer, ratio, wanted, entry["remark"], measured))
    return missed
