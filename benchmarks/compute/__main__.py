"""The command: `python -m benchmarks.compute --help`."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.compute.contestants import ROOT, Contestant
from benchmarks.compute.machine import describe_machine
from benchmarks.compute.measure import Effort, Field, measure
from benchmarks.compute.peers import KINDS
from benchmarks.compute.plot import draw
from benchmarks.compute.report import CPP_API, SUBJECT, number, ratio, write_page
from benchmarks.compute.rows import all_rows

TITLES = {"pymetal": SUBJECT, "opencl": "OpenCL", "cpp": "C++", "scalar": "scalar C++", "numpy": "NumPy"}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.compute", description=__doc__)
    parser.add_argument("--rows", help="names, comma separated; all by default", default="")
    parser.add_argument("--size", choices=("tiny", "small", "full"), default="small")
    parser.add_argument("--peers", default=",".join(KINDS), help=f"of {', '.join(KINDS)}; PyMetal always runs")
    parser.add_argument(
        "--opencl",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="an OpenCL implementation by the folder of its .icd file; may be given several times",
    )
    parser.add_argument(
        "--cpu",
        action="append",
        default=[],
        metavar="NAME",
        help="PyMetal once more, generating code for that processor (PYMETAL_CPU); may be given several times",
    )
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repetitions", type=int, default=Effort.repetitions)
    parser.add_argument("--check", action="store_true", help="compare results, measure nothing")
    parser.add_argument("--latency-program", type=Path, help="pymetal_benchmark_latency, for figures of the C++ API")
    parser.add_argument("--json", type=Path, help="write the results here")
    parser.add_argument("--merge", action="store_true", help="keep the rows of that file which are not run now")
    parser.add_argument("--page", type=Path, help="write the page here, with its picture beside it")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    return parser.parse_args(arguments)


def contestants(options: argparse.Namespace) -> list[Contestant]:
    found = [Contestant(SUBJECT, "pymetal")]
    found += [Contestant(f"{SUBJECT} for {cpu}", "pymetal", {"PYMETAL_CPU": cpu}) for cpu in options.cpu]
    for kind in filter(None, options.peers.split(",")):
        if kind not in KINDS:
            raise SystemExit(f"There is no such peer ({kind}); the peers are {', '.join(KINDS)}.")
        if kind == "opencl" and options.opencl:
            for given in options.opencl:
                name, _, folder = given.partition("=")
                vendors = str(Path(folder).resolve()) + "/"
                found.append(Contestant(name, kind, {"OCL_ICD_VENDORS": vendors, "POCL_KERNEL_CACHE": "0"}))
        elif kind != "pymetal":
            found.append(Contestant(TITLES[kind], kind, {"POCL_KERNEL_CACHE": "0"} if kind == "opencl" else {}))
    return found


def cpp_latency(program: Path) -> dict[str, Any]:
    """What the C++ program measured, by row."""
    done = subprocess.run([str(program), "--json"], capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def commit() -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "of unknown version"


def progress(entry: dict[str, Any]) -> None:
    ratios = [
        f"{name} {number(value)}x"
        for name in entry.get("seconds", {})
        if name != SUBJECT and (value := ratio(entry, name)) is not None
    ]
    own = entry.get("seconds", {}).get(SUBJECT)
    time = f" {own['median'] * 1e3:.3f} ms" if own else ""
    print(f"{entry['name']}:{time} {', '.join(ratios) or 'verified: ' + ', '.join(entry['verified'])}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    rows = all_rows()
    if options.list:
        print("\n".join(rows))
        return 0
    names = options.rows.split(",") if options.rows else list(rows)
    if unknown := set(names) - set(rows):
        raise SystemExit(f"There is no such row ({', '.join(sorted(unknown))}).")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    effort = None if options.check else Effort(repetitions=options.repetitions)

    peers = contestants(options)
    field = Field(peers, options.threads)
    entries = []
    try:
        for name in names:
            entries.append(measure(field, rows[name], options.size, effort))
            progress(entries[-1])
    finally:
        field.end()
    if options.latency_program and effort is not None:
        figures = cpp_latency(options.latency_program)
        for entry in entries:
            if entry["name"] in figures:
                entry["seconds"][CPP_API] = figures[entry["name"]]

    results = {
        "date": datetime.date.today().isoformat(),
        "commit": commit(),
        "size": options.size,
        "machine": describe_machine(options.threads),
        "threads": options.threads,
        "contestants": {peer.name: field.descriptions.get(peer.name, "absent") for peer in peers},
        "kinds": {peer.name: peer.kind for peer in peers},
        "rows": entries,
    }
    if options.json:
        if options.merge and options.json.exists():
            results["rows"] = merged(json.loads(options.json.read_text(encoding="utf-8"))["rows"], entries, list(rows))
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if options.page and effort is not None:
        picture = options.page.with_suffix(".svg")
        picture.write_text(draw(results), encoding="utf-8")
        options.page.write_text(write_page(results, picture.name), encoding="utf-8")
    return int(any(reason.startswith("wrong") for entry in entries for reason in entry["reasons"].values()))


def merged(old: list[dict[str, Any]], new: list[dict[str, Any]], order: list[str]) -> list[dict[str, Any]]:
    by_name = {entry["name"]: entry for entry in [*old, *new]}
    return [by_name[name] for name in order if name in by_name]


if __name__ == "__main__":
    sys.exit(main())
