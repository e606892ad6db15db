"""Writes the results as a page: tables of rates, ratios and latencies, with a picture (plot.py)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.compute.targets import find_missed

SUBJECT = "PyMetal"
Entry = Mapping[str, Any]


def ratio(entry: Entry, peer: str, figure: str = "median") -> float | None:
    """How many times as long as PyMetal the peer takes; None where either has no time."""
    seconds = entry.get("seconds", {})
    if SUBJECT not in seconds or peer not in seconds:
        return None
    return float(seconds[peer][figure] / seconds[SUBJECT][figure])


def geometric_mean(values: Iterable[float]) -> float | None:
    logarithms = [math.log(value) for value in values]
    return math.exp(sum(logarithms) / len(logarithms)) if logarithms else None


def number(value: float | None) -> str:
    """Three significant digits."""
    if value is None:
        return ""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head: list[str], lines: Iterable[list[str]]) -> list[str]:
    rule = "|" + "|".join([" --- "] + [" ---: "] * (len(head) - 1)) + "|"
    return ["| " + " | ".join(head) + " |", rule, *("| " + " | ".join(line) + " |" for line in lines), ""]


def throughput(entries: list[Entry], peers: list[str]) -> list[str]:
    lines = []
    for entry in entries:
        subject = entry["seconds"].get(SUBJECT)
        rate = f"{number(entry['work'] / subject['median'])} {entry['unit']}" if subject else ""
        lines.append([entry["title"], rate, *(number(ratio(entry, peer)) for peer in peers)])
    means = [geometric_mean(r for entry in entries if (r := ratio(entry, peer)) is not None) for peer in peers]
    lines.append(["**geometric mean**", "", *(f"**{number(mean)}**" if mean else "" for mean in means)])
    return table(["row", SUBJECT, *(f"÷ {peer}" for peer in peers)], lines)


def absolute(entries: list[Entry], names: list[str], scale: float) -> list[str]:
    """Medians themselves; a latency row's are those of one dispatch."""
    lines = []
    for entry in entries:
        parts = entry["work"] * 1e6 if entry["kind"] == "latency" else 1
        cells = [entry["seconds"].get(name) for name in names]
        lines.append([entry["title"], *(number(cell["median"] * scale / parts) if cell else "" for cell in cells)])
    used = [name for column, name in enumerate(names, 1) if any(line[column] for line in lines)]
    kept = [[line[0], *(line[1 + names.index(name)] for name in used)] for line in lines]
    return table(["", *used], kept)


def stages(entries: list[Entry]) -> list[str]:
    lines = []
    for entry in entries:
        parts = entry.get("stages", {}).get(SUBJECT)
        if parts:
            told = ", ".join(f"{name} {number(value * 1e3)} ms" for name, value in parts.items())
            lines.append(f"- {entry['title']}: {told}")
    return [f"Parts of {SUBJECT}'s time:", "", *lines, ""] if lines else []


def shortfalls(results: Mapping[str, Any]) -> list[str]:
    """The ratios below their targets, each with its row's remark."""
    threads = results["threads"]
    page = [
        "## Targets",
        "",
        "At least 1.0 against every OpenCL implementation; 0.7 against C++, 0.6 where the kernel has barriers; on rows "
        f"of arithmetic {4 * threads} against one thread without vectors.",
        "",
    ]
    missed = find_missed(results, SUBJECT)
    lines = [
        f"- {miss.title}: {number(miss.ratio)} of {number(miss.target)} against {miss.peer}, "
        f"{number(miss.spread[0])} to {number(miss.spread[1])} in half of the measurements. {miss.remark}".rstrip()
        for miss in missed
    ]
    return [*page, *(["Missed:", "", *lines] if missed else ["All are met."]), ""]


def blanks(entries: list[Entry]) -> list[str]:
    """Why a cell is empty, apart from peers that have no such operation or are not there at all."""
    lines = [
        f"- {entry['title']}, {name}: {reason}"
        for entry in entries
        for name, reason in entry["reasons"].items()
        if reason != "no such operation"
    ]
    return ["## Empty cells", "", *lines, ""] if lines else []


def write_page(results: Mapping[str, Any], picture: str | None) -> str:
    """The whole page, as Markdown."""
    entries: list[Entry] = results["rows"]
    names = list(results["contestants"])
    peers = [name for name in names if name != SUBJECT]
    kinds = {kind: [e for e in entries if e["kind"] == kind] for kind in ("throughput", "latency", "compile")}
    page = [
        "# Performance",
        "",
        "Written by `python -m benchmarks.compute`; [benchmarks/README.md](../benchmarks/README.md) tells how.",
        "",
        f"Measured on {results['date']} with PyMetal {results['commit']}, size `{results['size']}`, on:",
        "",
        *(f"- {name}: {value}" for name, value in results["machine"].items() if value),
        "",
        *(f"- **{name}**: {text}" for name, text in results["contestants"].items()),
        "",
        "Every result was compared with NumPy's in float64 before it was timed. All ran in one session, each in a "
        "process of its own, on the same cores with the same number of threads, in interleaved repetitions; figures "
        "are medians.",
        "",
    ]
    if kinds["throughput"]:
        page += ["## Throughput", ""]
        if picture is not None:
            page += [f"![Ratios of every row, on a logarithmic scale]({picture})", ""]
        page += [f"Ratios are the peer's time divided by {SUBJECT}'s: above 1, {SUBJECT} is faster.", ""]
        page += throughput(kinds["throughput"], peers)
        page += shortfalls(results)
    if kinds["latency"]:
        page += ["## Small work, in microseconds a dispatch", "", *absolute(kinds["latency"], [*names, CPP_API], 1e6)]
    if kinds["compile"]:
        page += ["## From new source to the first result, in milliseconds", ""]
        page += [*absolute(kinds["compile"], names, 1e3), *stages(kinds["compile"])]
    page += blanks(entries)
    return "\n".join(page).rstrip() + "\n"


CPP_API = "PyMetal from C++"
