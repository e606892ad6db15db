"""Random loops that lanes leave in different rounds, by way of operations between them, and what they mean.

The meaning is interpreted here: a simdgroup is a set of lanes that run statement after statement together, and lanes that
leave a loop wait behind it. Run as a program, it compares many: rounds.py [count] [first seed].
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pymetal as pm

LANES = 32
MASK = 0xFFFFFFFF
State = dict[str, list[int]]


@dataclass
class Statement:
    kind: str
    values: tuple[Any, ...] = ()
    bodies: list[list[Statement]] = field(default_factory=list)


class Generator:
    """Writes a kernel of one variable `x`, counters of loops, and what each lane was given, `w`."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.depth = 0
        self.loops = 0

    def value(self) -> str:
        names = ["x", "w", *(f"i{n}" for n in range(self.loops))]
        return self.random.choice(names)

    def condition(self) -> tuple[str, int, int]:
        return self.value(), self.random.choice((2, 3, 4, 5)), self.random.randint(0, 3)

    def meeting(self) -> Statement:
        operation = self.random.choice(("sum", "count", "first", "max", "quad", "barrier"))
        return Statement("meet", (operation, self.value(), self.random.randint(1, 9)))

    def block(self, in_loop: bool, in_switch: bool = False) -> list[Statement]:
        self.depth += 1
        found = [self.statement(in_loop, in_switch) for _ in range(self.random.randint(1, 3))]
        self.depth -= 1
        return found

    def leaving(self, in_switch: bool) -> list[Statement]:
        """What people write: an operation, and out."""
        body = [self.meeting()]
        if self.random.random() < 0.3:
            body.append(Statement("if", self.condition(), [[self.meeting()], []]))
        if self.random.random() < 0.15 and self.depth < 4:
            body.append(self.loop())
        words = ["break", "return", "result"] if not in_switch else ["return", "result", "continue"]
        body.append(Statement(self.random.choice([*words, words[0]]), (self.value(),)))
        return body

    def loop(self) -> Statement:
        number, self.loops = self.loops, self.loops + 1
        form = self.random.choice(("for", "while", "do", "ever"))
        values = (form, number, self.random.randint(2, 5), self.random.random() < 0.3)
        body = self.block(True)
        if self.random.random() < 0.8:
            place = self.random.randint(0, len(body))
            body.insert(place, Statement("if", self.condition(), [self.leaving(False), []]))
        return Statement("loop", values, [body])

    def statement(self, in_loop: bool, in_switch: bool) -> Statement:
        roll = self.random.random()
        if self.depth < 4 and roll < 0.3 and self.loops < 6:
            return self.loop()
        if self.depth < 4 and roll < 0.5:
            bodies = [self.block(in_loop, in_switch), self.block(in_loop, in_switch) if roll < 0.4 else []]
            return Statement("if", self.condition(), bodies)
        if in_loop and self.depth < 4 and roll < 0.57:
            name, modulus, _ = self.condition()
            bodies = [self.leaving(True), self.block(True, True)]
            return Statement("switch", (name, modulus), bodies)
        if in_loop and roll < 0.68:
            return Statement("if", self.condition(), [self.leaving(in_switch), []])
        if in_loop and roll < 0.72:
            return Statement("if", self.condition(), [[Statement("continue")], []])
        if roll < 0.85:
            return self.meeting()
        return Statement("mix", (self.value(), self.random.randint(1, 99)))


MEETINGS = {
    "sum": "simd_sum({0})",
    "count": "uint(popcount(uint(ulong(simd_active_threads_mask()))))",
    "first": "simd_broadcast_first({0})",
    "max": "simd_max({0})",
    "quad": "quad_sum({0})",
    "barrier": "(simdgroup_barrier(mem_flags::mem_none), {0})",
}


class Writer:
    """The statements in MSL. `result` is `return` of a value, in a function of its own."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def condition(self, values: tuple[Any, ...]) -> str:
        return f"{values[0]} % {values[1]}u == {values[2]}u"

    def write(self, statements: list[Statement], indent: str) -> None:
        for statement in statements:
            self.one(statement, indent)

    def one(self, s: Statement, indent: str) -> None:
        out = self.lines.append
        if s.kind == "meet":
            out(f"{indent}x = x * 3u + {MEETINGS[s.values[0]].format(s.values[1])} * {s.values[2]}u;")
        elif s.kind == "mix":
            out(f"{indent}x = x * 5u + {s.values[0]} + {s.values[1]}u;")
        elif s.kind in ("break", "continue"):
            out(f"{indent}{s.kind};")
        elif s.kind == "return":
            out(f"{indent}return x;")
        elif s.kind == "result":
            out(f"{indent}return x + simd_sum({s.values[0]}) * 7u;")
        elif s.kind == "if":
            out(f"{indent}if ({self.condition(s.values)}) {{")
            self.write(s.bodies[0], indent + "  ")
            if s.bodies[1]:
                out(f"{indent}}} else {{")
                self.write(s.bodies[1], indent + "  ")
            out(f"{indent}}}")
        elif s.kind == "switch":
            out(f"{indent}switch ({s.values[0]} % {s.values[1]}u) {{")
            out(f"{indent}case 1: {{")
            self.write(s.bodies[0], indent + "  ")
            out(f"{indent}}} break;")
            out(f"{indent}default: {{")
            self.write(s.bodies[1], indent + "  ")
            out(f"{indent}}}")
            out(f"{indent}}}")
        else:
            self.loop(s, indent)

    def loop(self, s: Statement, indent: str) -> None:
        form, n, bound, differs = s.values
        limit = f"{bound}u + w % 3u" if differs else f"{bound}u"
        inner = indent + "  "
        if form == "for":
            self.lines.append(f"{indent}for (i{n} = 0; i{n} < {limit}; ++i{n}) {{")
            self.write(s.bodies[0], inner)
            self.lines.append(f"{indent}}}")
        elif form == "do":
            self.lines.append(f"{indent}i{n} = 0;\n{indent}do {{")
            self.write(s.bodies[0], inner)
            self.lines.append(f"{indent}}} while (++i{n} < {limit});")
        else:
            test = f"i{n} < {limit}" if form == "while" else "true"
            self.lines.append(f"{indent}i{n} = 0;\n{indent}while ({test}) {{\n{inner}++i{n};")
            if form == "ever":
                self.lines.append(f"{inner}if (i{n} > {limit}) break;")
            self.write(s.bodies[0], inner)
            self.lines.append(f"{indent}}}")


class Interpreter:
    """Runs the statements with a set of lanes; each answers with the lanes that go on."""

    def __init__(self, w: list[int], loops: int) -> None:
        self.values: State = {"x": [0] * LANES, "w": w, **{f"i{n}": [0] * LANES for n in range(loops)}}
        self.broken: list[set[int]] = []
        self.continued: list[set[int]] = []
        self.result = [0] * LANES

    def test(self, values: tuple[Any, ...], lanes: set[int]) -> set[int]:
        return {lane for lane in lanes if self.values[values[0]][lane] % values[1] == values[2]}

    def meet(self, operation: str, name: str, lanes: set[int]) -> dict[int, int]:
        of = self.values[name]
        if operation == "sum":
            return dict.fromkeys(lanes, sum(of[lane] for lane in lanes) & MASK)
        if operation == "count":
            return dict.fromkeys(lanes, len(lanes))
        if operation == "first":
            return dict.fromkeys(lanes, of[min(lanes)])
        if operation == "max":
            return dict.fromkeys(lanes, max(of[lane] for lane in lanes))
        if operation == "quad":
            return {lane: sum(of[other] for other in lanes if other // 4 == lane // 4) & MASK for lane in lanes}
        return {lane: of[lane] for lane in lanes}

    def block(self, statements: list[Statement], lanes: set[int]) -> set[int]:
        for statement in statements:
            if not lanes:
                break
            lanes = self.one(statement, lanes)
        return lanes

    def one(self, s: Statement, lanes: set[int]) -> set[int]:
        x = self.values["x"]
        if s.kind == "meet":
            for lane, value in self.meet(s.values[0], s.values[1], lanes).items():
                x[lane] = (x[lane] * 3 + value * s.values[2]) & MASK
        elif s.kind == "mix":
            for lane in lanes:
                x[lane] = (x[lane] * 5 + self.values[s.values[0]][lane] + s.values[1]) & MASK
        elif s.kind == "break":
            self.broken[-1] |= lanes
            return set()
        elif s.kind == "continue":
            self.continued[-1] |= lanes
            return set()
        elif s.kind in ("return", "result"):
            more = self.meet("sum", s.values[0], lanes) if s.kind == "result" else dict.fromkeys(lanes, 0)
            for lane in lanes:
                self.result[lane] = (x[lane] + more[lane] * 7) & MASK
            return set()
        elif s.kind == "if":
            taken = self.test(s.values, lanes)
            rest = lanes - taken
            return self.block(s.bodies[0], taken) | self.block(s.bodies[1], rest)
        elif s.kind == "switch":
            taken = self.test((*s.values, 1), lanes)
            rest = lanes - taken
            return self.block(s.bodies[0], taken) | self.block(s.bodies[1], rest)
        else:
            return self.loop(s, lanes)
        return lanes

    def loop(self, s: Statement, lanes: set[int]) -> set[int]:
        form, n, bound, differs = s.values
        i, w = self.values[f"i{n}"], self.values["w"]
        for lane in lanes:
            i[lane] = 0

        def stay(among: set[int]) -> set[int]:
            return {lane for lane in among if i[lane] < bound + (w[lane] % 3 if differs else 0)}

        self.broken.append(set())
        left: set[int] = set()
        running = set(lanes)
        while running:
            if form in ("for", "while"):
                left |= running - stay(running)
                running = stay(running)
            if form in ("while", "ever"):
                for lane in running:
                    i[lane] += 1
            if form == "ever":
                over = {lane for lane in running if i[lane] > bound + (w[lane] % 3 if differs else 0)}
                left |= over
                running -= over
            self.continued.append(set())
            running = self.block(s.bodies[0], running)
            running |= self.continued.pop()
            if form in ("for", "do"):
                for lane in running:
                    i[lane] += 1
            if form == "do":
                left |= running - stay(running)
                running = stay(running)
        return left | self.broken.pop()


def generate(seed: int) -> tuple[str, list[Statement], int]:
    generator = Generator(seed)
    statements = [
        Statement("if", generator.condition(), [[generator.loop()], []]),
        generator.loop(),
        generator.meeting(),
    ]
    if generator.random.random() < 0.5:
        del statements[0]
    writer = Writer()
    writer.write(statements, "  ")
    counters = ", ".join(f"i{n} = 0" for n in range(generator.loops))
    body = "\n".join(writer.lines)
    source = f"""#include <metal_stdlib>
using namespace metal;
static uint f(uint w) {{
  uint x = 0, {counters};
{body}
  return x;
}}
kernel void k(device const uint *in, device uint *out, uint i [[thread_position_in_grid]]) {{
  const uint x = f(in[i]);
  out[i] = x * 2u + uint(popcount(uint(ulong(simd_active_threads_mask()))));
}}
"""
    return source, statements, generator.loops


def given(seed: int) -> list[int]:
    return random.Random(-1 - seed).choices(range(12), k=LANES)


def expected(statements: list[Statement], loops: int, w: list[int]) -> list[int]:
    machine = Interpreter(w, loops)
    for lane in machine.block(statements, set(range(LANES))):
        machine.result[lane] = machine.values["x"][lane]
    return [(value * 2 + LANES) & MASK for value in machine.result]


def run(queue: pm.CommandQueue, source: str, w: list[int]) -> list[int]:
    device = queue.device
    pipeline = device.new_compute_pipeline_state(device.new_library_with_source(source).new_function("k"))
    inputs, outputs = device.new_buffer_with_data(np.array(w, np.uint32)), device.new_buffer(4 * LANES)
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(inputs, 0, 0)
    encoder.set_buffer(outputs, 0, 1)
    encoder.dispatch_threads(LANES, 1, 1, LANES, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    return [int(value) for value in np.frombuffer(outputs.contents(), np.uint32)]


def check(seeds: range) -> Iterator[str]:
    """What is wrong, seed by seed."""
    queue = pm.create_system_default_device().new_command_queue()
    before = os.environ.get("PYMETAL_EXECUTOR")
    for seed in seeds:
        source, statements, loops = generate(seed)
        w = given(seed)
        right = expected(statements, loops, w)
        for executor in ("simd", "checked"):
            os.environ["PYMETAL_EXECUTOR"] = executor
            found = run(queue, source, w)
            if found != right:
                lane = next(i for i in range(LANES) if found[i] != right[i])
                yield f"seed {seed}: lane {lane} has {found[lane]} and not {right[lane]} on {executor}"
    if before is None:
        del os.environ["PYMETAL_EXECUTOR"]
    else:
        os.environ["PYMETAL_EXECUTOR"] = before


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    wrong = 0
    for text in check(range(first, first + count)):
        print(text, flush=True)
        wrong += 1
    print(f"rounds: {count} programs, {wrong} wrong")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
