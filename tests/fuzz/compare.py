"""Runs random programs on both executors and compares the results, those of `reference` with g++ as well.

Usage: python tests/fuzz/compare.py {reference,executors,lanes} [--first SEED] [--count N] [--save FOLDER]
       [--sanitize]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pymetal as pm
import sanitizer
from generate import generate
from numpy.typing import NDArray
from program import INPUTS, OUTPUTS, Program

FOLDER = Path(__file__).parent
BATCH = 50
EXECUTORS = ("simd", "checked")
# No program of these takes a second; one that takes minutes does not end.
TIMEOUT = 600
Results = dict[int, NDArray[np.uint32]]


def inputs(seed: int, threads: int) -> NDArray[np.uint32]:
    """Four numbers a thread: any bits, and small ones."""
    random = np.random.default_rng(seed)
    values = random.integers(0, 2**32, (threads, INPUTS), dtype=np.uint32)
    values[:, 1] %= 64
    values[:, 2] = np.arange(threads, dtype=np.uint32)
    return values


def run_with_gcc(programs: dict[int, Program]) -> Results:
    """What the C++ of the programs computes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = [f'#include "{FOLDER / "reference.h"}"']
        text.append("namespace msl {")
        text += [program.cpp for program in programs.values()]
        text.append("}\nint main() {\n  std::vector<msl::uint> in, out;")
        for program in programs.values():
            text.append(f"  in.resize({program.threads * INPUTS}); out.assign({program.output_count}, 0);")
            text.append("  if (fread(in.data(), 4, in.size(), stdin) != in.size()) return 1;")
            text.append(
                f"  msl::{program.name}::run(in.data(), out.data()); fwrite(out.data(), 4, out.size(), stdout);"
            )
        text.append("}")
        (folder / "programs.cpp").write_text("\n".join(text))
        options = ["-std=c++20", "-O0", "-w", "-fwrapv", "-ffp-contract=off", "-fno-strict-aliasing", "-fno-exceptions"]
        command = ["g++", *options, "programs.cpp", "-o", "programs"]
        subprocess.run(command, cwd=folder, check=True)
        data = b"".join(inputs(seed, program.threads).tobytes() for seed, program in programs.items())
        output = subprocess.run(
            [folder / "programs"], input=data, capture_output=True, check=True, timeout=TIMEOUT
        ).stdout
    results: Results = {}
    at = 0
    for seed, program in programs.items():
        size = program.output_count
        results[seed] = np.frombuffer(output, np.uint32, size, at)
        at += size * 4
    return results


def run_kernel(queue: pm.CommandQueue, function: pm.Function, program: Program, seed: int) -> list[int]:
    """What a kernel leaves in its outputs."""
    device = queue.device
    source = device.new_buffer_with_data(inputs(seed, program.threads))
    target = device.new_buffer(program.output_count * 4)
    pipeline = device.new_compute_pipeline_state(function)
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(source, 0, 0)
    encoder.set_buffer(target, 0, 1)
    encoder.dispatch_threads(*program.grid.threads, *program.grid.group)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    if commands.error is not None:
        raise commands.error
    return np.frombuffer(target.contents(), np.uint32).tolist()


def run_here(seeds: Sequence[int], lanes: bool, path: Path) -> None:
    """Runs the programs on both executors, and writes each result, or error, as it comes."""
    device = pm.create_system_default_device()
    queue = device.new_command_queue()
    options = pm.CompileOptions(math_mode=pm.MathMode.Safe)
    with path.open("a") as file:

        def tell(**record: Any) -> None:
            print(json.dumps(record), file=file, flush=True)

        for seed in seeds:
            tell(begun=seed)
            try:
                program = generate(seed, lanes)
                function = device.new_library_with_source(program.msl, options).new_function("k")
                for executor in EXECUTORS:
                    os.environ["PYMETAL_EXECUTOR"] = executor
                    tell(seed=seed, executor=executor, values=run_kernel(queue, function, program, seed))
            except pm.MetalError as error:
                tell(seed=seed, error=str(error)[:2000])


def run_in_process(seeds: Sequence[int], lanes: bool, sanitize: bool) -> tuple[dict[str, Results], dict[int, str]]:
    """Runs the programs in processes of their own; one that ends or hangs a process is an error, and the rest go on."""
    results: dict[str, Results] = {executor: {} for executor in EXECUTORS}
    errors: dict[int, str] = {}
    left = list(seeds)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results"
        while left:
            path.write_text("")
            command = [sys.executable, __file__, "run", "--seeds", json.dumps(left), "--output", str(path)]
            if lanes:
                command.append("--lanes")
            environment = {**(sanitizer.environment() if sanitize else os.environ), "PYMETAL_CACHE": "0"}
            try:
                process = subprocess.run(command, env=environment, timeout=TIMEOUT, capture_output=True, text=True)
                ending = (
                    ""
                    if process.returncode == 0
                    else f"the process ends with {process.returncode}\n{process.stderr[-2000:]}"
                )
            except subprocess.TimeoutExpired:
                ending = "the process does not end"
            begun = -1
            for line in path.read_text().splitlines():
                record = json.loads(line)
                if "begun" in record:
                    begun = record["begun"]
                    left.remove(begun)
                elif "error" in record:
                    errors[record["seed"]] = record["error"]
                else:
                    results[record["executor"]][record["seed"]] = np.array(record["values"], np.uint32)
            if not ending:
                break
            if begun < 0:
                raise RuntimeError(ending)
            errors[begun] = ending
    return results, errors


def describe(actual: NDArray[np.uint32], expected: NDArray[np.uint32]) -> str:
    """Where two results differ, or nothing."""
    different = np.flatnonzero(actual != expected)
    if not len(different):
        return ""
    thread, output = divmod(int(different[0]), OUTPUTS)
    return f"{len(different)} results differ, the first is output {output} of thread {thread}"


def check(mode: str, seeds: Sequence[int], sanitize: bool = False) -> dict[int, str]:
    """What is wrong with the programs of these seeds, by seed; `sanitize` has their memory accesses checked as well."""
    results, wrong = run_in_process(seeds, mode == "lanes", sanitize)
    simd, checked = (results[executor] for executor in EXECUTORS)
    expected = run_with_gcc({seed: generate(seed) for seed in seeds}) if mode == "reference" else checked
    for seed in seeds:
        if seed in wrong:
            continue
        if text := describe(simd[seed], checked[seed]):
            wrong[seed] = f"{text}, between the executors"
        elif text := describe(checked[seed], expected[seed]):
            wrong[seed] = f"{text}, between PyMetal and g++"
    return wrong


def main() -> int:
    """Compares batch after batch, and saves what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=("reference", "executors", "lanes", "run"))
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=BATCH)
    parser.add_argument("--save", type=Path, help="a folder for the programs that fail")
    parser.add_argument("--sanitize", action="store_true", help="check every memory access of the kernels")
    parser.add_argument("--seeds", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--lanes", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.mode == "run":
        run_here(json.loads(arguments.seeds), arguments.lanes, arguments.output)
        return 0
    if arguments.mode == "reference" and shutil.which("g++") is None:
        parser.error("g++ is not installed")
    failures = 0
    for first in range(arguments.first, arguments.first + arguments.count, BATCH):
        seeds = range(first, min(first + BATCH, arguments.first + arguments.count))
        wrong = check(arguments.mode, seeds, arguments.sanitize)
        failures += len(wrong)
        for seed, text in sorted(wrong.items()):
            print(f"seed {seed}: {text}", flush=True)
            if arguments.save:
                arguments.save.mkdir(parents=True, exist_ok=True)
                program = generate(seed, arguments.mode == "lanes")
                (arguments.save / f"{arguments.mode}-{seed}.metal").write_text(program.msl)
                (arguments.save / f"{arguments.mode}-{seed}.cpp").write_text(program.cpp)
        print(f"{arguments.mode}: {seeds.stop - arguments.first} programs, {failures} wrong", flush=True)
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
