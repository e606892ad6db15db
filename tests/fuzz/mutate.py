"""Compiles MSL that is broken at random: whatever the source, the compiler must answer, in time.

The inputs are kernels of the tests, the examples and the generator, with tokens lost, doubled, moved or exchanged, cut
off, or with bytes overwritten. Workers are processes of their own, so that a crash is a finding and not the end.

Usage: python tests/fuzz/mutate.py [--first SEED] [--count N] [--workers N] [--save FOLDER]
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import random
import re
import select
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from generate import generate

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("tests", "examples", "benchmarks")
HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
TOKEN = re.compile(r"\s+|\w+|//[^\n]*|\"[^\"\n]*\"|\[\[|\]\]|->|<<|>>|::|[^\w\s]")
# Words that the tests hardly use, and what nests or repeats.
RARE = (
    "template typename struct union class enum operator auto constexpr static inline extern decltype sizeof alignas goto asm "
    "virtual private friend using namespace typedef volatile mutable explicit requires concept co_await new delete throw try "
    "catch double long __global __local __private __generic __constant kernel vertex fragment device constant threadgroup "
    "thread half bfloat float4 packed_float3 half4x4 array atomic_int texture2d sampler simdgroup_float8x8 vec<float,99> "
    'vec<int> [[buffer(0)]] [[buffer(4294967296)]] [[function_constant(0)]] [[host_name("x")]] [[kernel]] [[id(1)]] '
    '[[thread_position_in_grid]] [[max_total_threads_per_threadgroup(0)]] __attribute__((aligned(3))) __asm("air.x") '
    "#pragma #define #include #if #endif #line /* */ // ' \" \\ ... ## <:: %: 0x 1e 1.f 08 0xffffffffffffffffffff 'ab' "
    "1e99999f {}{} ((((( ))))) [[ ]] <<<< >>>> && || ?: ->* .* :: ; , = == <=> this nullptr true"
)


@cache
def corpus() -> list[str]:
    """Every string that looks like a kernel, and every MSL file."""
    paths = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    found = {path.read_text() for path in paths if path.suffix == ".metal"}
    for path in paths:
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [v.value if isinstance(v, ast.Constant) else "float" for v in node.values]
                found.add("".join(part for part in parts if isinstance(part, str)))
    return sorted(text for text in found if "kernel void" in text and len(text) < 20000)


class Mutator:
    """Makes one input from one seed."""

    def __init__(self, seed: int, generated: bool = False) -> None:
        """`generated` leaves out the kernels of the repository, and is the same for ever."""
        self.random = random.Random(seed)
        self.generated = generated

    def kernel(self) -> str:
        if self.generated or self.random.random() < 0.3:
            return generate(self.random.randrange(10**6), self.random.random() < 0.5).msl
        return self.random.choice(corpus())

    def tokens(self, text: str) -> list[str]:
        return TOKEN.findall(text) or [" "]

    def slice(self, tokens: list[str], longest: int = 12) -> tuple[int, int]:
        begin = self.random.randrange(len(tokens))
        return begin, min(len(tokens), begin + self.random.randint(1, longest))

    def kind(self, token: str) -> str:
        return (
            "0"
            if token[0].isdigit()
            else "a"
            if token[0].isalpha() or token[0] == "_"
            else " "
            if token.isspace()
            else "+"
        )

    def word(self, tokens: list[str]) -> str:
        return self.random.choice(RARE.split()) if self.random.random() < 0.4 else self.random.choice(tokens)

    def change(self, tokens: list[str]) -> list[str]:
        begin, end = self.slice(tokens)
        part = tokens[begin:end]
        form = self.random.choice(
            (
                "lose",
                "double",
                "move",
                "insert",
                "insert",
                "exchange",
                "similar",
                "similar",
                "similar",
                "splice",
                "repeat",
            )
        )
        if form == "lose":
            return tokens[:begin] + tokens[end:]
        if form == "double":
            return tokens[:end] + part + tokens[end:]
        if form == "move":
            to = self.random.randrange(len(tokens))
            return tokens[:to] + part + tokens[to:]
        if form == "exchange":
            return [*tokens[:begin], self.word(tokens), " ", *tokens[begin + 1 :]]
        if form == "similar":
            others = [token for token in tokens if self.kind(token) == self.kind(tokens[begin])]
            return [*tokens[:begin], self.random.choice(others), *tokens[begin + 1 :]]
        if form == "insert":
            return [*tokens[:begin], " ", self.word(tokens), " ", *tokens[begin:]]
        if form == "splice":
            other = self.tokens(self.kernel())
            begin_other, end_other = self.slice(other, 60)
            return tokens[:begin] + other[begin_other:end_other] + tokens[begin:]
        return tokens[:begin] + part * self.random.choice((2, 5, 300)) + tokens[begin:]

    def overwrite(self, text: str) -> str:
        data = bytearray(text.encode())
        for _ in range(self.random.randint(1, 8)):
            if data:
                data[self.random.randrange(len(data))] = self.random.choice(
                    (0, 9, 10, 34, 92, 127, 128, 255, self.random.randrange(256))
                )
        return data.decode("utf-8", "replace") if self.random.random() < 0.5 else data.decode("latin-1")

    def source(self) -> str:
        text = self.kernel()
        tokens = self.tokens(text)
        for _ in range(self.random.choice((0, 1, 1, 1, 1, 2, 3, 8))):
            tokens = self.change(tokens) or [" "]
        text = "".join(tokens)
        roll = self.random.random()
        if roll < 0.15:
            text = text[: self.random.randrange(len(text) + 1)]
        elif roll < 0.25:
            text = self.overwrite(text)
        return text if "#include <metal_stdlib>" in text else HEADER + text


def work(generated: bool) -> None:
    """Compiles the inputs whose seeds come in on the standard input, and says what came of each."""
    import pymetal as pm

    device = pm.create_system_default_device()
    for line in sys.stdin:
        source = Mutator(int(line), generated).source()
        answer = "compiles"
        try:
            library = device.new_library_with_source(source)
            for name in library.function_names[:2]:
                device.new_compute_pipeline_state(library.new_function(name))
        except pm.MetalError as error:
            answer = "crashes, and is caught" if "compiler crashes" in str(error) else "is rejected"
        except Exception as error:
            answer = f"raises {type(error).__name__}: {error}".replace("\n", " ")
        print(answer, flush=True)


@dataclass
class Worker:
    """A process that compiles one input at a time."""

    generated: bool = False
    process: subprocess.Popen[str] | None = None

    def give(self, seed: int) -> None:
        if self.process is None:
            environment = {**os.environ, "PYMETAL_CACHE": "0"}
            command = [sys.executable, __file__, "--work", *(["--generated"] if self.generated else [])]
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                bufsize=1,
                env=environment,
            )
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            print(seed, file=self.process.stdin, flush=True)

    def answer(self, timeout: float) -> str:
        """What came of the input; a process that ends or hangs is replaced."""
        assert self.process is not None and self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        text = self.process.stdout.readline().strip() if ready else ""
        if text:
            return text
        self.process.kill()
        code = self.process.wait()
        self.process = None
        return f"ends the process ({code})" if ready else f"takes longer than {timeout:.0f} s"

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@dataclass
class Findings:
    counts: dict[str, int] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)

    def add(self, seed: int, answer: str) -> None:
        self.counts[answer] = self.counts.get(answer, 0) + 1
        if answer not in ("compiles", "is rejected"):
            self.wrong[seed] = answer


def check(seeds: range, workers: int, timeout: float = 30, generated: bool = False) -> Findings:
    """Compiles the inputs of these seeds."""
    findings = Findings()
    lock = threading.Lock()
    left = iter(seeds)

    def run() -> None:
        worker = Worker(generated)
        while True:
            with lock:
                seed = next(left, None)
            if seed is None:
                break
            worker.give(seed)
            answer = worker.answer(timeout)
            with lock:
                findings.add(seed, answer)
        worker.stop()

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return findings


def main() -> int:
    """Compiles input after input, and saves those that go wrong."""
    if sys.argv[1:2] == ["--work"]:
        work("--generated" in sys.argv)
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--save", type=Path, help="a folder for the inputs that go wrong")
    arguments = parser.parse_args()
    total = Findings()
    end = arguments.first + arguments.count
    for first in range(arguments.first, end, 1000):
        found = check(range(first, min(first + 1000, end)), arguments.workers)
        for answer, count in found.counts.items():
            total.counts[answer] = total.counts.get(answer, 0) + count
        for seed, answer in found.wrong.items():
            total.wrong[seed] = answer
            print(f"seed {seed}: {answer}", flush=True)
            if arguments.save:
                arguments.save.mkdir(parents=True, exist_ok=True)
                (arguments.save / f"{seed}.metal").write_text(Mutator(seed).source())
        print(f"mutate: {total.counts}", flush=True)
    return 1 if total.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
