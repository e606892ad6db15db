"""Writes random kernels twice: in MSL, and in C++ (over reference.h) that says what the MSL means.

Every operation has one right result, so the two agree to the bit. With `lanes`, kernels also use the operations between
the lanes of a simdgroup under divergent control flow, and have no C++: executors are compared with each other.
"""

from __future__ import annotations

import grid
from program import INPUTS, INT, OUTPUTS, PRELUDE, TOTALS, UINT, Function, Program, Struct, Text, Type, Variable, Writer
from statements import Statements

OPERATIONS = ("add", "xor", "or", "max", "min", "and", "sub")
THREAD = "State &s = states[tid]; const uint lid = (tid % group), *in = inputs + tid * 4; (void)s; (void)lid; (void)in;"


class Generator(Statements):
    """Makes one program from one seed."""

    def __init__(self, seed: int, lanes: bool = False) -> None:
        super().__init__(seed, lanes)
        self.name = f"p{seed}"
        self.group = self.random.choice((8, 16, 32, 32, 48, 64))
        self.threads = self.random.choice((32, 64, 64, 96, 100))
        self.grid = grid.choose(seed, self.threads, self.group)
        self.state: list[Variable] = []
        self.shared_counters: list[tuple[Text, str, Type]] = []

    def struct(self) -> None:
        kind = Type(self.fresh("S"))
        members = [
            (f"m{i}", self.any_type(), self.random.choice((0, 0, 0, 2, 4))) for i in range(self.random.randint(1, 4))
        ]
        self.structs[kind] = Struct(kind, tuple(members))

    def function(self) -> tuple[list[str], list[str]]:
        """A function with early returns. Some are templates; some change their first argument through a reference."""
        result = self.any_type()
        function = Function(self.fresh("f"), result, [self.any_type() for _ in range(self.random.randint(1, 3))])
        function.takes_reference = self.chance(0.3)
        parameters = function.parameters
        names = [self.fresh("a") for _ in parameters]
        self.writer = Writer()
        self.variables = [Variable(t, n, n) for t, n in zip(parameters, names)]
        self.result, self.exits, self.loops = result, (), 1
        heading = ""
        written = [t.msl for t in parameters]
        if self.chance(0.4):
            number = self.random.randint(0, 5)
            function.template_arguments = f"<{parameters[0].msl}, {number}>"
            heading, written[0] = "template <class T, int N> ", "T"
            self.variables.append(Variable(INT, "N", str(number), is_const=True))
        space, mark = ("thread ", "&") if function.takes_reference else ("", "")
        msl = [
            f"{space if i == 0 else ''}{t} {mark if i == 0 else ''}{n}" for i, (t, n) in enumerate(zip(written, names))
        ]
        cpp = [f"{t.cpp} {mark if i == 0 else ''}{n}" for i, (t, n) in enumerate(zip(parameters, names))]
        for _ in range(self.random.randint(1, 3)):
            self.statement(1)
        value = self.expression(result, 2)
        self.writer.line(f"return {value.msl};", f"return {value.cpp};")
        self.functions.append(function)
        return (
            [f"{heading}{result.msl} {function.name}({', '.join(msl)}) {{", *self.writer.msl, "}"],
            [f"static {result.cpp} {function.name}({', '.join(cpp)}) {{", *self.writer.cpp, "}"],
        )

    # The kernel. Its C++ runs thread after thread from one barrier to the next.

    def open_phase(self) -> None:
        self.writer.cpp.append(f"  for (uint tid = first; tid < last; ++tid) {{ {THREAD} if (s.has_left) continue;")

    def close_phase(self) -> None:
        self.writer.cpp.append("  }")

    def barrier(self) -> None:
        self.close_phase()
        self.writer.msl.append("  " * self.writer.depth + "threadgroup_barrier(mem_flags::mem_threadgroup);")
        self.open_phase()

    def declare_state(self) -> None:
        kind = self.any_type()
        name = self.fresh("g")
        length = self.random.choice((0, 0, 0, 4))
        variable = Variable(kind, name, f"s.{name}", length)
        value = self.expression(kind, 2)
        if length:
            self.writer.line(f"{kind.msl} {name}[{length}] = {{{', '.join([f'{kind.msl}({value.msl})'] * length)}}};",
                             f"for (auto &x : s.{name}) x = {value.cpp};")  # fmt: skip
        else:
            self.writer.line(f"{kind.msl} {name} = {value.msl};", f"s.{name} = {value.cpp};")
        self.state.append(variable)
        self.variables.append(variable)

    def declare_threadgroup_memory(self) -> None:
        """The tile, and counters, which begin at 0."""
        kind = self.any_type(simple=True)
        self.tile = Variable(kind, "tile", "tile", self.group)
        self.writer.line(f"threadgroup {kind.msl} tile[{self.group}];", "")
        if self.chance(0.5):
            return
        kind = self.random.choice((INT, UINT))
        self.writer.line(f"threadgroup atomic_{kind.msl} counters[2];", "")
        self.writer.line("if (lid < 2) atomic_store_explicit(&counters[lid], 0, memory_order_relaxed);", "")
        self.barrier()
        names = [Text(f"counters[{i}]", f"counters_{kind.msl}[{i}]") for i in range(2)]
        self.shared_counters = [(name, self.random.choice(OPERATIONS), kind) for name in names]

    def exchange(self) -> None:
        """Threads write what others read behind a barrier."""
        assert self.tile is not None
        value = self.expression(self.tile.type, 2)
        self.writer.line(f"tile[lid] = {value.msl};", f"tile[lid] = {value.cpp};")
        everything = self.counters
        self.counters = [counter for counter in everything if counter not in self.shared_counters]
        self.barrier()
        self.may_read_tile = True
        for place, _, kind in self.shared_counters:
            name = self.fresh("c")
            self.writer.line(f"{kind.msl} {name} = atomic_load_explicit(&{place.msl}, memory_order_relaxed);",
                             f"{kind.cpp} {name} = {place.cpp};")  # fmt: skip
            self.variables.append(Variable(kind, name, name, is_const=True))
        for _ in range(self.random.randint(1, 2)):
            self.statement(1)
        self.may_read_tile = False
        self.barrier()
        self.counters = everything

    def leave_kernel(self) -> None:
        test, value = self.condition(2), self.expression(UINT, 2)
        self.writer.line(f"if ({test.msl}) {{ out[tid * {OUTPUTS}] = {value.msl}; return; }}",
                         f"if ({test.cpp}) {{ outputs[tid * {OUTPUTS}] = {value.cpp}; s.has_left = true; continue; }}")  # fmt: skip

    def program(self) -> Program:
        for _ in range(self.random.choice((0, 1, 1, 2))):
            self.struct()
        functions = [self.function() for _ in range(self.random.choice((0, 1, 1, 2)))]
        self.result, self.in_kernel, self.loops, self.exits = None, True, 0, ()
        self.writer = Writer()
        self.variables = [Variable(UINT, f"in[tid * 4 + {i}]", f"in[{i}]", is_const=True) for i in range(INPUTS)]
        self.variables += [Variable(UINT, "tid", "tid", is_const=True), Variable(UINT, "lid", "lid", is_const=True)]
        self.variables += [Variable(UINT, msl, cpp, is_const=True) for msl, cpp in self.grid.positions.items()]
        self.open_phase()
        for _ in range(self.random.randint(3, 5)):
            self.declare_state()
        base = len(self.variables)
        if self.chance(0.5):
            self.declare_threadgroup_memory()
        elif self.chance(0.3):
            self.leave_kernel()
        totals = [Text(f"totals[{i}]", f"totals[{i}]") for i in range(TOTALS)]
        self.counters = [
            *self.shared_counters,
            *((t, op, UINT) for t, op in zip(totals, self.random.sample(OPERATIONS, TOTALS))),
        ]
        for _ in range(self.random.randint(1, 2)):
            repeats = self.random.randint(2, 3) if self.tile and self.chance(0.4) else 0
            if repeats:
                self.close_phase()
                self.writer.line(f"for (int turn = 0; turn < {repeats}; ++turn) {{")
                self.writer.depth += 1
                self.open_phase()
            for _ in range(self.random.randint(1, 3)):
                self.statement(2)
            del self.variables[base:]
            if self.tile:
                self.exchange()
                del self.variables[base:]
            if repeats:
                self.close_phase()
                self.writer.depth -= 1
                self.writer.line("}")
                self.open_phase()
        self.finish()
        self.close_phase()
        return self.assemble(functions)

    def finish(self) -> None:
        """Folds every variable into an output."""
        for index in range(OUTPUTS):
            self.writer.line(f"uint h{index} = 0;")
        for number, variable in enumerate(self.state):
            for i in range(variable.length or 1):
                element = f"[{i}]" if variable.length else ""
                self.fold(f"h{number % OUTPUTS}", variable.type, Text(variable.msl + element, variable.cpp + element))
        for index in range(OUTPUTS):
            self.writer.line(
                f"out[tid * {OUTPUTS} + {index}] = h{index};", f"outputs[tid * {OUTPUTS} + {index}] = h{index};"
            )

    def fold(self, target: str, kind: Type, value: Text) -> None:
        if not kind.is_struct:
            self.writer.line(
                f"{target} = fold_value({target}, {value.msl});", f"{target} = fold({target}, {value.cpp});"
            )
            return
        for name, member, length in self.structs[kind].members:
            for i in range(length or 1):
                element = f".{name}[{i}]" if length else f".{name}"
                self.fold(target, member, Text(value.msl + element, value.cpp + element))

    def assemble(self, functions: list[tuple[list[str], list[str]]]) -> Program:
        msl = [PRELUDE, *(struct.declaration("msl") for struct in self.structs.values())]
        for text, _ in functions:
            msl += [*text, ""]
        msl += [
            "kernel void k(device const uint *in [[buffer(0)]], device uint *out [[buffer(1)]],",
            f"              {self.grid.parameters}, uint lid [[thread_index_in_threadgroup]]) {{",
            *([f"  const uint tid = {self.grid.tid};"] if self.grid.tid else []),
            f"  device atomic_uint *totals = (device atomic_uint *)(out + {self.threads * OUTPUTS});",
            *self.writer.msl,
            "}",
        ]
        cpp = [f"namespace {self.name} {{", *(struct.declaration("cpp") for struct in self.structs.values())]
        for _, text in functions:
            cpp += text
        cpp.append("struct State { bool has_left;")
        cpp += [f"  {v.type.cpp} {v.msl}{f'[{v.length}]' if v.length else ''};" for v in self.state]
        cpp += [
            "};",
            "static void run(const uint *inputs, uint *outputs) {",
            f"  const uint threads = {self.threads}, group = {self.group};",
            f"  uint *totals = outputs + threads * {OUTPUTS};",
            "  std::vector<State> states(threads);",
            "  for (uint first = 0; first < threads; first += group) {",
            "  const uint last = first + group < threads ? first + group : threads;",
            "  int counters_int[2] = {}; uint counters_uint[2] = {};",
        ]
        if self.tile:
            cpp.append(f"  {self.tile.type.cpp} tile[{self.group}] = {{}};")
        cpp += [*self.writer.cpp, "  }", "}", "}"]
        return Program(self.name, "\n".join(msl) + "\n", "\n".join(cpp) + "\n", self.threads, self.grid)


def generate(seed: int, lanes: bool = False) -> Program:
    """The program of that seed, the same everywhere and always."""
    return Generator(seed, lanes).program()
