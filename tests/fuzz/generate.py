"""Writes random kernels twice: in MSL, and in C++ (over reference.h) that says what the MSL means.

Every operation has one right result, so the two agree to the bit. With `lanes`, kernels also use the operations between
the lanes of a simdgroup under divergent control flow, and have no C++: executors are compared with each other.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

OUTPUTS = 8
INPUTS = 4

WIDTH = {"char": 8, "uchar": 8, "short": 16, "ushort": 16, "int": 32, "uint": 32, "long": 64, "ulong": 64}
SIGNED = ("char", "short", "int", "long")
INTEGERS = tuple(WIDTH)
REALS = ("float", "half")
SCALARS = INTEGERS + REALS
COMPONENTS = "xyzw"


@dataclass(frozen=True)
class Type:
    """A scalar, or a vector of 2 to 4 components."""

    scalar: str
    size: int = 1

    @property
    def msl(self) -> str:
        return self.scalar if self.size == 1 else f"{self.scalar}{self.size}"

    @property
    def cpp_scalar(self) -> str:
        return "schar" if self.scalar == "char" else self.scalar

    @property
    def cpp(self) -> str:
        return self.cpp_scalar if self.size == 1 else f"vec<{self.cpp_scalar}, {self.size}>"

    @property
    def is_integer(self) -> bool:
        return self.scalar in WIDTH

    @property
    def is_real(self) -> bool:
        return self.scalar in REALS


INT, UINT, BOOL = Type("int"), Type("uint"), Type("bool")


@dataclass(frozen=True)
class Text:
    """One expression or place, in both languages."""

    msl: str
    cpp: str


@dataclass(frozen=True)
class Variable:
    """Something with a name and a type; `length` is 0 or that of an array."""

    type: Type
    msl: str
    cpp: str
    length: int = 0
    is_const: bool = False


@dataclass
class Function:
    name: str
    result: Type
    parameters: list[Type]
    takes_reference: bool = False


@dataclass
class Program:
    """A kernel `k` over `threads` threads in threadgroups of `group`, and its meaning as a C++ function `run_<name>`."""

    name: str
    msl: str
    cpp: str
    threads: int
    group: int


@dataclass
class Writer:
    """Lines of both languages, indented alike."""

    msl: list[str] = field(default_factory=list)
    cpp: list[str] = field(default_factory=list)
    depth: int = 1

    def line(self, msl: str, cpp: str | None = None) -> None:
        indent = "  " * self.depth
        self.msl.append(indent + msl)
        self.cpp.append(indent + (msl if cpp is None else cpp))


PRELUDE = """\
#include <metal_stdlib>
using namespace metal;

template <class T> T mul(T a, T b) { return a * b; }
uint fold(uint h, uint x) { return (h ^ x) * 16777619u + 0x9e3779b9u; }
template <class T> uint fold_scalar(uint h, T x) {
  if constexpr (is_floating_point_v<T>) {
    float f = float(x);
    return fold(h, f != f ? 0x7fc00000u : as_type<uint>(f));
  } else if constexpr (sizeof(T) == 8) {
    return fold(fold(h, uint(x)), uint(ulong(x) >> 32));
  } else {
    return fold(h, uint(x));
  }
}
template <class T> enable_if_t<is_scalar_v<T>, uint> fold_value(uint h, T x) { return fold_scalar(h, x); }
template <class T, int N> uint fold_value(uint h, vec<T, N> x) {
  for (int i = 0; i < N; ++i) h = fold_scalar(h, T(x[i]));
  return h;
}
"""


class Generator:
    """Makes one program from one seed."""

    def __init__(self, seed: int, lanes: bool = False) -> None:
        self.random = random.Random(seed)
        self.name = f"p{seed}"
        self.lanes = lanes
        self.variables: list[Variable] = []
        self.functions: list[Function] = []
        self.writer = Writer()
        self.count = 0
        self.loops = 0
        self.subscripts = 0
        self.in_loop = False
        self.result: Type | None = None
        self.tile: Variable | None = None
        self.may_read_tile = False
        self.in_kernel = False
        self.group = 32

    # Choices.

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def fresh(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def any_type(self) -> Type:
        scalar = self.random.choices(SCALARS, (2, 2, 2, 3, 8, 8, 3, 3, 8, 3))[0]
        return Type(scalar, self.random.choice((1, 1, 1, 1, 2, 3, 4)))

    # Expressions.

    def literal(self, kind: Type) -> Text:
        if kind.size > 1:
            parts = [self.literal(Type(kind.scalar)) for _ in range(kind.size)]
            return self.construct(kind, parts)
        if kind == BOOL:
            word = self.random.choice(("true", "false"))
            return Text(word, word)
        if kind.is_real:
            if self.chance(0.1) and kind.scalar == "float":
                bits = self.random.getrandbits(32)
                return Text(f"as_type<float>({bits:#x}u)", f"as_type<float>({bits:#x}u)")
            value = self.random.choice((0.0, 1.0, -1.0, 0.5, 2.0, 3.25, -7.75, 100.0, 1e-3, 65504.0, 1e-7))
            return Text(f"{kind.scalar}({value!r}f)", f"{kind.scalar}({value!r}f)")
        width = WIDTH[kind.scalar]
        value = self.random.choice(
            (0, 1, 2, 3, 5, 7, 31, self.random.getrandbits(4), self.random.getrandbits(width), (1 << width) - 1,
             1 << (width - 1), (1 << (width - 1)) - 1)
        )  # fmt: skip
        suffix = "ul" if width == 64 else "u"
        value &= (1 << width) - 1
        return Text(f"{kind.msl}({value:#x}{suffix})", f"{kind.cpp}({value:#x}{suffix})")

    def construct(self, kind: Type, parts: list[Text]) -> Text:
        return Text(
            f"{kind.msl}({', '.join(p.msl for p in parts)})",
            f"make<{kind.cpp_scalar}, {kind.size}>({', '.join(p.cpp for p in parts)})",
        )

    def variable(self, kind: Type) -> Text | None:
        """A variable of that type, an element of an array, or components of a vector."""
        choices: list[Variable] = []
        for v in self.variables:
            if v.type == kind:
                choices += [v] * 2
            elif v.length == 0 and v.type.scalar == kind.scalar and v.type.size > 1:
                choices.append(v)
        if self.tile and self.may_read_tile and self.tile.type == kind:
            choices += [self.tile] * 3
        if not choices:
            return None
        chosen = self.random.choice(choices)
        if chosen.length:
            return self.element(chosen)
        if chosen.type == kind:
            return Text(chosen.msl, chosen.cpp)
        indices = [self.random.randrange(chosen.type.size) for _ in range(kind.size)]
        letters = self.random.choice((COMPONENTS, "rgba"))
        name = "".join(letters[i] for i in indices)
        if kind.size == 1:
            return Text(f"{chosen.msl}.{name}", f"{chosen.cpp}[{indices[0]}]")
        return Text(f"{chosen.msl}.{name}", f"swizzle<{', '.join(map(str, indices))}>({chosen.cpp})")

    def element(self, array: Variable) -> Text:
        self.subscripts += 1
        index = self.expression(UINT, 1) if self.subscripts == 1 else self.literal(UINT)
        self.subscripts -= 1
        inside = f" & {array.length - 1}u" if array.length & array.length - 1 == 0 else f" % {array.length}u"
        return Text(f"{array.msl}[({index.msl}){inside}]", f"{array.cpp}[({index.cpp}){inside}]")

    def condition(self, depth: int) -> Text:
        roll = self.random.random()
        if depth <= 0 or roll < 0.1:
            return self.variable(BOOL) or self.compare(INT, 0)
        if roll < 0.7:
            return self.compare(Type(self.random.choice(SCALARS)), depth - 1)
        if roll < 0.85:
            a, b = self.condition(depth - 1), self.condition(depth - 1)
            op = self.random.choice(("&&", "||", "==", "!="))
            return Text(f"({a.msl} {op} {b.msl})", f"({a.cpp} {op} {b.cpp})")
        if self.lanes and roll < 0.9:
            a = self.condition(depth - 1)
            call = self.random.choice(("simd_any", "simd_all", "quad_any", "quad_all"))
            return Text(f"{call}({a.msl})", "false")
        kind = Type(self.random.choice(("int", "uint", "float", "ushort")), self.random.choice((2, 3, 4)))
        compared = self.compare(kind, depth - 1)
        call = self.random.choice(("all", "any"))
        return Text(f"{call}({compared.msl})", f"{call}({compared.cpp})")

    def compare(self, kind: Type, depth: int) -> Text:
        a, b = self.expression(kind, depth), self.expression(kind, depth)
        op, name = self.random.choice((("<", "less"), ("<=", "less_equal"), ("==", "equal"), ("!=", "not_equal")))
        return Text(f"({a.msl} {op} {b.msl})", f"{name}({a.cpp}, {b.cpp})")

    def expression(self, kind: Type, depth: int) -> Text:
        """Something of that type."""
        if kind == BOOL:
            return self.condition(depth)
        if depth <= 0 or self.chance(0.15):
            return (self.variable(kind) if self.chance(0.85) else None) or self.literal(kind)
        forms = [self.conversion, self.choice, self.operation, self.operation, self.operation, self.call, self.library]
        if kind.size > 1:
            forms += [self.construction, self.selection]
        if self.lanes and kind.scalar in ("int", "uint", "float", "ushort"):
            forms += [self.lane_operation] * 2
        return self.random.choice(forms)(kind, depth - 1)

    def conversion(self, kind: Type, depth: int) -> Text:
        if kind.size * 1 and self.chance(0.25) and kind.scalar in ("int", "uint") and kind.size == 1:
            source = self.random.choice((INT, UINT, Type("short", 2), Type("ushort", 2), Type("uchar", 4)))
            value = self.expression(source, depth)
            return Text(f"as_type<{kind.msl}>({value.msl})", f"as_type<{kind.cpp}>({value.cpp})")
        source = Type(self.random.choice(SCALARS), kind.size)
        value = self.expression(source, depth)
        return Text(f"{kind.msl}({value.msl})", f"convert<{kind.cpp}>({value.cpp})")

    def choice(self, kind: Type, depth: int) -> Text:
        c, a, b = self.condition(depth), self.expression(kind, depth), self.expression(kind, depth)
        return Text(
            f"({c.msl} ? {kind.msl}({a.msl}) : {kind.msl}({b.msl}))",
            f"({c.cpp} ? {kind.cpp}({a.cpp}) : {kind.cpp}({b.cpp}))",
        )

    def selection(self, kind: Type, depth: int) -> Text:
        c = self.compare(kind, depth)
        a, b = self.expression(kind, depth), self.expression(kind, depth)
        return Text(f"select({a.msl}, {b.msl}, {c.msl})", f"select({a.cpp}, {b.cpp}, {c.cpp})")

    def construction(self, kind: Type, depth: int) -> Text:
        sizes: list[int] = []
        while sum(sizes) < kind.size:
            sizes.append(self.random.randint(1, min(3, kind.size - sum(sizes))))
        if len(sizes) == 1:
            sizes = [1] * kind.size
        return self.construct(kind, [self.expression(Type(kind.scalar, size), depth) for size in sizes])

    def operation(self, kind: Type, depth: int) -> Text:
        a = self.expression(kind, depth)
        if kind.is_real:
            roll = self.random.random()
            if roll < 0.1:
                return Text(f"(-{a.msl})", f"negate({a.cpp})")
            b = self.expression(kind, depth)
            if roll < 0.4:
                # A call keeps the product out of a contraction.
                return Text(f"mul({kind.msl}({a.msl}), {kind.msl}({b.msl}))", f"mul({a.cpp}, {b.cpp})")
            op, name = self.random.choice((("+", "add"), ("-", "sub"), ("/", "fdiv")))
            return Text(f"({a.msl} {op} {b.msl})", f"{name}({a.cpp}, {b.cpp})")
        small = kind.size == 1 and WIDTH[kind.scalar] < 32
        wrap = kind.msl if small else ""
        if self.chance(0.1):
            op, name = self.random.choice((("-", "negate"), ("~", "complement")))
            return Text(f"{wrap}({op}{a.msl})", f"{name}({a.cpp})")
        b = self.expression(kind, depth)
        op, name = self.random.choice(
            (("+", "add"), ("-", "sub"), ("*", "mul"), ("/", "div"), ("%", "rem"), ("&", "bit_and"), ("|", "bit_or"),
             ("^", "bit_xor"), ("<<", "shift_left"), (">>", "shift_right"))
        )  # fmt: skip
        return Text(f"{wrap}({a.msl} {op} {b.msl})", f"{name}({a.cpp}, {b.cpp})")

    def library(self, kind: Type, depth: int) -> Text:
        a = self.expression(kind, depth)
        if kind.is_real:
            name = self.random.choice(("floor", "ceil", "trunc", "rint", "sqrt", "fabs", "fma"))
            if name != "fma":
                return Text(f"{name}({kind.msl}({a.msl}))", f"{name}({a.cpp})")
            if kind.scalar == "half":
                return a
            b, c = self.expression(kind, depth), self.expression(kind, depth)
            return Text(f"fma({a.msl}, {b.msl}, {c.msl})", f"fma({a.cpp}, {b.cpp}, {c.cpp})")
        if self.chance(0.4):
            name = self.random.choice(("popcount", "clz", "ctz", "reverse_bits"))
            return Text(f"{name}({kind.msl}({a.msl}))", f"{name}({kind.cpp}({a.cpp}))")
        name = self.random.choice(("min", "max", "mulhi", "rotate", "addsat", "subsat", "hadd", "rhadd"))
        b = self.expression(kind, depth)
        return Text(f"{name}({kind.msl}({a.msl}), {kind.msl}({b.msl}))", f"{name}({kind.cpp}({a.cpp}), {b.cpp})")

    def call(self, kind: Type, depth: int) -> Text:
        fitting = [f for f in self.functions if f.result == kind and not f.takes_reference]
        if not fitting:
            return self.operation(kind, depth)
        function = self.random.choice(fitting)
        values = [self.expression(parameter, depth - 1) for parameter in function.parameters]
        return Text(
            f"{function.name}({', '.join(f'{p.msl}({v.msl})' for p, v in zip(function.parameters, values))})",
            f"{function.name}({', '.join(v.cpp for v in values)})",
        )

    def lane_operation(self, kind: Type, depth: int) -> Text:
        a = self.expression(kind, depth)
        scope = self.random.choice(("simd", "simd", "quad"))
        mask = 31 if scope == "simd" else 3
        forms = ["shuffle", "shuffle_xor", "shuffle_up", "shuffle_down", "broadcast", "broadcast_first"]
        if kind.is_integer:
            forms += ["sum", "min", "max", "and", "or", "xor", "prefix_inclusive_sum", "prefix_exclusive_sum"] * 2
        form = self.random.choice(forms)
        if form == "shuffle":
            lane = self.expression(Type("ushort"), 1)
            return Text(f"{scope}_{form}({kind.msl}({a.msl}), ushort({lane.msl} & {mask}))", "")
        if form in ("shuffle_xor", "shuffle_up", "shuffle_down", "broadcast"):
            return Text(f"{scope}_{form}({kind.msl}({a.msl}), ushort({self.random.randrange(1, mask + 1)}))", "")
        return Text(f"{scope}_{form}({kind.msl}({a.msl}))", "")

    # Statements.

    def block(self, statements: int, depth: int) -> None:
        """Statements with a scope of their own; the braces are the caller's."""
        seen = len(self.variables)
        self.writer.depth += 1
        for _ in range(statements):
            self.statement(depth)
        self.writer.depth -= 1
        del self.variables[seen:]

    def statement(self, depth: int) -> None:
        forms = [self.assign, self.assign, self.assign, self.declare]
        if depth > 0:
            forms += [self.if_else, self.if_else, self.loop, self.switch]
        if self.in_loop:
            forms.append(self.leave_loop)
        if self.result is not None and not self.in_kernel:
            forms.append(self.leave_function)
        forms.append(self.call_with_reference)
        self.random.choice(forms)(depth)

    def declare(self, _: int, name_prefix: str = "v") -> None:
        kind = BOOL if self.chance(0.1) else self.any_type()
        name = self.fresh(name_prefix)
        if kind != BOOL and self.chance(0.2):
            length = self.random.choice((2, 3, 4, 8))
            values = [self.expression(kind, 1) for _ in range(length)]
            inner = f"{', '.join(f'{kind.msl}({v.msl})' for v in values)}"
            inner_cpp = f"{', '.join(f'{kind.cpp}({v.cpp})' for v in values)}"
            self.writer.line(
                f"{kind.msl} {name}[{length}] = {{{inner}}};", f"{kind.cpp} {name}[{length}] = {{{inner_cpp}}};"
            )
            self.variables.append(Variable(kind, name, name, length))
            return
        value = self.expression(kind, 2)
        self.writer.line(f"{kind.msl} {name} = {value.msl};", f"{kind.cpp} {name} = {value.cpp};")
        self.variables.append(Variable(kind, name, name))

    def assign(self, _: int) -> None:
        places = [v for v in self.variables if not v.is_const]
        if not places:
            return
        place = self.random.choice(places)
        kind = place.type
        if place.length:
            target = self.element(place)
            value = self.expression(kind, 2)
            self.writer.line(f"{target.msl} = {value.msl};", f"{target.cpp} = {value.cpp};")
            return
        if kind.size > 1 and self.chance(0.4):
            count = self.random.randint(1, kind.size)
            indices = self.random.sample(range(kind.size), count)
            value = self.expression(Type(kind.scalar, count), 2)
            name = "".join(COMPONENTS[i] for i in indices)
            numbers = ", ".join(map(str, indices))
            cpp = (
                f"put<{numbers}>({place.cpp}, {value.cpp});" if count > 1 else f"{place.cpp}[{numbers}] = {value.cpp};"
            )
            self.writer.line(f"{place.msl}.{name} = {value.msl};", cpp)
            return
        value = self.expression(kind, 2)
        if kind.is_integer and self.chance(0.3):
            op, name = self.random.choice((("+", "add"), ("-", "sub"), ("*", "mul"), ("^", "bit_xor"), ("|", "bit_or")))
            self.writer.line(f"{place.msl} {op}= {value.msl};", f"{place.cpp} = {name}({place.cpp}, {value.cpp});")
        else:
            self.writer.line(f"{place.msl} = {value.msl};", f"{place.cpp} = {value.cpp};")

    def if_else(self, depth: int) -> None:
        test = self.condition(2)
        self.writer.line(f"if ({test.msl}) {{", f"if ({test.cpp}) {{")
        self.block(self.random.randint(1, 2), depth - 1)
        if self.chance(0.4):
            self.writer.line("} else {")
            self.block(self.random.randint(1, 3), depth - 1)
        self.writer.line("}")

    def loop(self, depth: int) -> None:
        """At most six turns, whatever is done inside."""
        if self.loops >= 3:
            return self.if_else(depth)
        outer = self.in_loop
        self.loops += 1
        self.in_loop = True
        count = self.fresh("n")
        bound = self.expression(INT, 1)
        limit = Text(f"({bound.msl} & {self.random.choice((3, 5, 7))})", "")
        limit = Text(limit.msl, f"({bound.cpp} & {limit.msl.rsplit(' ', 1)[1]}")
        form = self.random.choice(("for", "while", "do"))
        counter = Variable(INT, count, count, is_const=True)
        if form == "for":
            self.writer.line(f"for (int {count} = 0; {count} < {limit.msl} && {count} < 6; ++{count}) {{",
                             f"for (int {count} = 0; {count} < {limit.cpp} && {count} < 6; ++{count}) {{")  # fmt: skip
            self.variables.append(counter)
            self.block(self.random.randint(1, 3), depth - 1)
            self.variables.remove(counter)
            self.writer.line("}")
        else:
            self.writer.line(f"int {count} = 0;")
            self.variables.append(counter)
            test = self.condition(2)
            if form == "while":
                self.writer.line(f"while ({count}++ < {limit.msl} && {test.msl}) {{",
                                 f"while ({count}++ < {limit.cpp} && {test.cpp}) {{")  # fmt: skip
                self.block(self.random.randint(1, 3), depth - 1)
                self.writer.line("}")
            else:
                self.writer.line("do {")
                self.block(self.random.randint(1, 3), depth - 1)
                self.writer.line(f"}} while (++{count} < {limit.msl} && {test.msl});",
                                 f"}} while (++{count} < {limit.cpp} && {test.cpp});")  # fmt: skip
        self.in_loop = outer
        self.loops -= 1

    def switch(self, depth: int) -> None:
        value = self.expression(self.random.choice((INT, UINT)), 2)
        self.writer.line(f"switch (3 & {value.msl}) {{", f"switch (3 & {value.cpp}) {{")
        outer = self.in_loop
        self.in_loop = False
        for case in self.random.sample(range(4), self.random.randint(1, 4)):
            self.writer.line(f"case {case}: {{")
            self.block(self.random.randint(1, 2), depth - 1)
            self.writer.line("} break;" if self.chance(0.7) else "}")
        if self.chance(0.5):
            self.writer.line("default: {")
            self.block(1, depth - 1)
            self.writer.line("}")
        self.in_loop = outer
        self.writer.line("}")

    def leave_loop(self, _: int) -> None:
        test = self.condition(1)
        word = self.random.choice(("break", "continue"))
        self.writer.line(f"if ({test.msl}) {word};", f"if ({test.cpp}) {word};")

    def leave_function(self, _: int) -> None:
        assert self.result is not None
        test, value = self.condition(1), self.expression(self.result, 2)
        self.writer.line(f"if ({test.msl}) return {value.msl};", f"if ({test.cpp}) return {value.cpp};")

    def call_with_reference(self, depth: int) -> None:
        fitting = [
            (f, v)
            for f in self.functions
            if f.takes_reference
            for v in self.variables
            if v.type == f.parameters[0] and v.length == 0 and not v.is_const
        ]
        if not fitting:
            return self.assign(depth)
        function, place = self.random.choice(fitting)
        values = [self.expression(parameter, 1) for parameter in function.parameters[1:]]
        msl = "".join(f", {p.msl}({v.msl})" for p, v in zip(function.parameters[1:], values))
        cpp = "".join(f", {v.cpp}" for v in values)
        self.writer.line(f"{function.name}({place.msl}{msl});", f"{function.name}({place.cpp}{cpp});")

    # The program.

    def function(self) -> tuple[list[str], list[str]]:
        """A function with early returns; some change their first argument through a reference."""
        name = self.fresh("f")
        result = self.any_type()
        parameters = [self.any_type() for _ in range(self.random.randint(1, 3))]
        takes_reference = self.chance(0.3)
        self.writer = Writer()
        names = [self.fresh("a") for _ in parameters]
        self.variables = [Variable(t, n, n) for t, n in zip(parameters, names)]
        self.result, self.in_loop, self.loops = result, False, 1
        msl = [
            f"{'thread ' if takes_reference and i == 0 else ''}{t.msl} {'&' if takes_reference and i == 0 else ''}{n}"
            for i, (t, n) in enumerate(zip(parameters, names))
        ]
        cpp = [
            f"{t.cpp} {'&' if takes_reference and i == 0 else ''}{n}" for i, (t, n) in enumerate(zip(parameters, names))
        ]
        for _ in range(self.random.randint(1, 3)):
            self.statement(1)
        value = self.expression(result, 2)
        self.writer.line(f"return {value.msl};", f"return {value.cpp};")
        self.functions.append(Function(name, result, parameters, takes_reference))
        return (
            [f"{result.msl} {name}({', '.join(msl)}) {{", *self.writer.msl, "}"],
            [f"static {result.cpp} {name}({', '.join(cpp)}) {{", *self.writer.cpp, "}"],
        )

    def program(self) -> Program:
        threads = self.random.choice((32, 64, 64, 96, 100))
        self.group = self.random.choice((8, 16, 32, 32, 48, 64))
        functions = [self.function() for _ in range(self.random.choice((0, 1, 1, 2)))]
        self.result, self.in_kernel, self.variables = None, True, []
        self.writer = Writer()
        state: list[Variable] = []
        thread = "State &s = states[tid]; const uint lid = (tid % group), *in = inputs + tid * 4; (void)s; (void)lid; (void)in;"
        begin = f"for (uint tid = first; tid < last; ++tid) {{ {thread}"
        self.writer.msl, self.writer.cpp = [], []

        def open_phase() -> None:
            self.writer.cpp.append("  " + begin)

        def close_phase() -> None:
            self.writer.cpp.append("  }")

        def barrier() -> None:
            close_phase()
            self.writer.msl.append("  " * self.writer.depth + "threadgroup_barrier(mem_flags::mem_threadgroup);")
            open_phase()

        inputs = [Variable(UINT, f"in[tid * 4 + {i}]", f"in[{i}]", is_const=True) for i in range(INPUTS)]
        self.variables = [
            *inputs,
            Variable(UINT, "tid", "tid", is_const=True),
            Variable(UINT, "lid", "lid", is_const=True),
        ]
        open_phase()
        for _ in range(self.random.randint(3, 5)):
            kind = BOOL if self.chance(0.08) else self.any_type()
            name = self.fresh("g")
            length = self.random.choice((0, 0, 0, 4)) if kind != BOOL else 0
            variable = Variable(kind, name, f"s.{name}", length)
            value = self.expression(kind, 2)
            if length:
                self.writer.line(f"{kind.msl} {name}[{length}] = {{{', '.join([value.msl] * length)}}};",
                                 f"for (auto &x : s.{name}) x = {value.cpp};")  # fmt: skip
            else:
                self.writer.line(f"{kind.msl} {name} = {value.msl};", f"s.{name} = {value.cpp};")
            state.append(variable)
            self.variables.append(variable)
        base = len(self.variables)
        if self.chance(0.5):
            kind = self.any_type()
            self.tile = Variable(kind, "tile", "tile", self.group)
            self.writer.line(f"threadgroup {kind.msl} tile[{self.group}];", "")
        for _ in range(self.random.randint(1, 2)):
            repeats = self.random.randint(2, 3) if self.tile and self.chance(0.4) else 0
            if repeats:
                close_phase()
                self.writer.line(f"for (int turn = 0; turn < {repeats}; ++turn) {{")
                self.writer.depth += 1
                open_phase()
            for _ in range(self.random.randint(1, 3)):
                self.statement(2)
            del self.variables[base:]
            if self.tile:
                value = self.expression(self.tile.type, 2)
                self.writer.line(f"tile[lid] = {value.msl};", f"tile[lid] = {value.cpp};")
                barrier()
                self.may_read_tile = True
                for _ in range(self.random.randint(1, 2)):
                    self.statement(1)
                del self.variables[base:]
                self.may_read_tile = False
                barrier()
            if repeats:
                close_phase()
                self.writer.depth -= 1
                self.writer.line("}")
                open_phase()
        self.finish(state)
        close_phase()
        return self.assemble(functions, state, threads)

    def finish(self, state: list[Variable]) -> None:
        """Folds every variable into an output."""
        for index in range(OUTPUTS):
            self.writer.line(f"uint h{index} = 0;")
        for number, variable in enumerate(state):
            target = f"h{number % OUTPUTS}"
            for i in range(variable.length or 1):
                element = f"[{i}]" if variable.length else ""
                self.writer.line(f"{target} = fold_value({target}, {variable.msl}{element});",
                                 f"{target} = fold({target}, {variable.cpp}{element});")  # fmt: skip
        for index in range(OUTPUTS):
            self.writer.line(
                f"out[tid * {OUTPUTS} + {index}] = h{index};", f"outputs[tid * {OUTPUTS} + {index}] = h{index};"
            )

    def assemble(self, functions: list[tuple[list[str], list[str]]], state: list[Variable], threads: int) -> Program:
        msl = [PRELUDE]
        for text, _ in functions:
            msl += [*text, ""]
        msl += [
            "kernel void k(device const uint *in [[buffer(0)]], device uint *out [[buffer(1)]],",
            "              uint tid [[thread_position_in_grid]], uint lid [[thread_index_in_threadgroup]]) {",
            *self.writer.msl,
            "}",
        ]
        cpp = [f"namespace {self.name} {{"]
        for _, text in functions:
            cpp += text
        cpp.append("struct State {")
        cpp += [f"  {v.type.cpp} {v.msl}{f'[{v.length}]' if v.length else ''};" for v in state]
        cpp += ["};", "static void run(const uint *inputs, uint *outputs) {"]
        cpp.append(f"  const uint threads = {threads}, group = {self.group};")
        cpp.append("  std::vector<State> states(threads);")
        cpp.append("  for (uint first = 0; first < threads; first += group) {")
        cpp.append("  const uint last = first + group < threads ? first + group : threads;")
        if self.tile:
            cpp.append(f"  {self.tile.type.cpp} tile[{self.group}] = {{}};")
        cpp += [*self.writer.cpp, "  }", "}", "}"]
        return Program(self.name, "\n".join(msl) + "\n", "\n".join(cpp) + "\n", threads, self.group)


def generate(seed: int, lanes: bool = False) -> Program:
    """The program of that seed, the same everywhere and always."""
    return Generator(seed, lanes).program()
