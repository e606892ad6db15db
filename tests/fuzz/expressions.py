"""Random expressions of a given type, in MSL and in C++."""

from __future__ import annotations

import random

from program import (
    BOOL,
    COMPONENTS,
    INT,
    REALS,
    SCALARS,
    UINT,
    USHORT,
    WIDTH,
    Function,
    Struct,
    Text,
    Type,
    Variable,
    same,
)


class Expressions:
    """Makes expressions from what is in scope."""

    def __init__(self, seed: int, lanes: bool) -> None:
        self.random = random.Random(seed)
        self.lanes = lanes
        self.variables: list[Variable] = []
        self.functions: list[Function] = []
        self.structs: dict[Type, Struct] = {}
        self.subscripts = 0
        self.tile: Variable | None = None
        self.may_read_tile = False

    # Choices.

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def any_type(self, *, simple: bool = False) -> Type:
        if not simple and self.structs and self.chance(0.12):
            return self.random.choice(list(self.structs))
        if self.chance(0.06):
            return Type("bool", self.random.choice((1, 1, 2, 3, 4)))
        scalar = self.random.choices(SCALARS, (2, 2, 2, 3, 8, 8, 3, 3, 8, 3, 2))[0]
        return Type(scalar, self.random.choice((1, 1, 1, 1, 2, 3, 4)))

    def pick(self, pairs: str) -> tuple[str, str]:
        """One of `operator:name` pairs."""
        op, name = self.random.choice(pairs.split()).split(":")
        return op, name

    # Values without operators.

    def literal(self, kind: Type) -> Text:
        if kind.is_struct:
            return self.construct_struct(kind, 0)
        if kind.size > 1:
            return self.construct(kind, [self.literal(Type(kind.scalar)) for _ in range(kind.size)])
        if kind == BOOL:
            return same(self.random.choice(("true", "false")))
        if kind.is_real:
            if self.chance(0.1) and kind.scalar == "float":
                return same(f"as_type<float>({self.random.getrandbits(32):#x}u)")
            value = self.random.choice((0.0, 1.0, -1.0, 0.5, 2.0, 3.25, -7.75, 100.0, 1e-3, 65504.0, 1e-7))
            return same(f"{kind.scalar}({value!r}f)")
        width = WIDTH[kind.scalar]
        value = self.random.choice(
            (0, 1, 2, 3, 5, 7, 31, self.random.getrandbits(4), self.random.getrandbits(width), -1, 1 << (width - 1),
             (1 << (width - 1)) - 1)
        )  # fmt: skip
        number = f"{value & ((1 << width) - 1):#x}{'ul' if width == 64 else 'u'}"
        return Text(f"{kind.msl}({number})", f"{kind.cpp}({number})")

    def construct(self, kind: Type, parts: list[Text]) -> Text:
        return Text(
            f"{kind.msl}({', '.join(p.msl for p in parts)})",
            f"make<{kind.cpp_scalar}, {kind.size}>({', '.join(p.cpp for p in parts)})",
        )

    def construct_struct(self, kind: Type, depth: int) -> Text:
        msl, cpp = [], []
        for _, member, length in self.structs[kind].members:
            values = [self.expression(member, depth) for _ in range(length or 1)]
            left, right = ("{", "}") if length else ("", "")
            msl.append(left + ", ".join(f"{member.msl}({v.msl})" for v in values) + right)
            cpp.append(left + ", ".join(f"{member.cpp}({v.cpp})" for v in values) + right)
        return Text(f"{kind.msl}{{{', '.join(msl)}}}", f"{kind.cpp}{{{', '.join(cpp)}}}")

    def places(self) -> list[Variable]:
        """All that can be read or, unless it is constant, written: variables and the members of structs."""
        found: list[Variable] = []
        for v in self.variables:
            found.append(v)
            if v.type.is_struct:
                at = self.element(v) if v.length else Text(v.msl, v.cpp)
                found += [
                    Variable(kind, f"{at.msl}.{name}", f"{at.cpp}.{name}", length, v.is_const)
                    for name, kind, length in self.structs[v.type].members
                ]
        return found

    def variable(self, kind: Type) -> Text | None:
        """A variable of that type, an element of an array, or components of a vector."""
        choices: list[Variable] = []
        for v in self.places():
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
        is_power = array.length & (array.length - 1) == 0
        inside = f" & {array.length - 1}u" if is_power else f" % {array.length}u"
        return Text(f"{array.msl}[({index.msl}){inside}]", f"{array.cpp}[({index.cpp}){inside}]")

    # Truths.

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
        if roll < 0.88:
            a = self.expression(Type(self.random.choice(SCALARS)), depth - 1)
            return Text(f"bool({a.msl})", f"convert<bool>({a.cpp})")
        if self.lanes and roll < 0.92:
            a = self.condition(depth - 1)
            call = self.random.choice(("simd_any", "simd_all", "quad_any", "quad_all"))
            return Text(f"{call}({a.msl})", "false")
        truths = self.expression(Type("bool", self.random.choice((2, 3, 4))), depth - 1)
        call = self.random.choice(("all", "any"))
        return Text(f"{call}({truths.msl})", f"{call}({truths.cpp})")

    def compare(self, kind: Type, depth: int) -> Text:
        a, b = self.expression(kind, depth), self.expression(kind, depth)
        op, name = self.pick("<:less <=:less_equal ==:equal !=:not_equal")
        return Text(f"({a.msl} {op} {b.msl})", f"{name}({a.cpp}, {b.cpp})")

    def truths(self, kind: Type, depth: int) -> Text:
        """A vector of truths."""
        roll = self.random.random()
        if roll < 0.6:
            return self.compare(Type(self.random.choice(SCALARS), kind.size), depth)
        a = self.expression(kind, depth)
        if roll < 0.75:
            return Text(f"(!{a.msl})", f"negation({a.cpp})")
        b = self.expression(kind, depth)
        op, name = self.pick("&&:bit_and ||:bit_or ==:equal !=:not_equal")
        return Text(f"({a.msl} {op} {b.msl})", f"{name}({a.cpp}, {b.cpp})")

    # Everything else.

    def expression(self, kind: Type, depth: int) -> Text:
        """Something of that type."""
        if kind == BOOL:
            return self.condition(depth)
        if depth <= 0 or self.chance(0.15):
            return (self.variable(kind) if self.chance(0.85) else None) or self.literal(kind)
        if kind.is_struct:
            forms = [self.construct_struct, self.choice, self.call]
        elif kind.scalar == "bool":
            forms = [self.truths, self.truths, self.construction, self.choice]
        else:
            forms = [
                self.conversion,
                self.choice,
                self.operation,
                self.operation,
                self.operation,
                self.call,
                self.library,
            ]
            if kind.size > 1:
                forms += [self.construction, self.selection]
            if self.lanes and kind.scalar in ("int", "uint", "float", "ushort"):
                forms += [self.lane_operation] * 2
        return self.random.choice(forms)(kind, depth - 1)

    def conversion(self, kind: Type, depth: int) -> Text:
        if self.chance(0.25) and kind in (INT, UINT):
            source = self.random.choice((INT, UINT, Type("short", 2), Type("ushort", 2), Type("uchar", 4)))
            value = self.expression(source, depth)
            return Text(f"as_type<{kind.msl}>({value.msl})", f"as_type<{kind.cpp}>({value.cpp})")
        source = Type(self.random.choice((*SCALARS, "bool")), kind.size)
        value = self.expression(source, depth)
        return Text(f"{kind.msl}({value.msl})", f"convert<{kind.cpp}>({value.cpp})")

    def choice(self, kind: Type, depth: int) -> Text:
        c, a, b = self.condition(depth), self.expression(kind, depth), self.expression(kind, depth)
        return Text(
            f"({c.msl} ? {kind.msl}({a.msl}) : {kind.msl}({b.msl}))",
            f"({c.cpp} ? {kind.cpp}({a.cpp}) : {kind.cpp}({b.cpp}))",
        )

    def selection(self, kind: Type, depth: int) -> Text:
        c = self.expression(Type("bool", kind.size), depth)
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
        wrap = kind.msl if kind.is_promoted else ""
        if self.chance(0.1):
            op, name = self.pick("-:negate" if kind.is_real else "-:negate ~:complement")
            return Text(f"{wrap}({op}{a.msl})", f"{name}({a.cpp})")
        b = self.expression(kind, depth)
        if kind.is_real and self.chance(0.33):
            # A call keeps the product out of a contraction.
            return Text(f"mul({kind.msl}({a.msl}), {kind.msl}({b.msl}))", f"mul({a.cpp}, {b.cpp})")
        op, name = self.pick(
            "+:add -:sub /:fdiv"
            if kind.is_real
            else "+:add -:sub *:mul /:div %:rem &:bit_and |:bit_or ^:bit_xor <<:shift_left >>:shift_right"
        )
        return Text(f"{wrap}({a.msl} {op} {b.msl})", f"{name}({a.cpp}, {b.cpp})")

    def library(self, kind: Type, depth: int) -> Text:
        a = self.expression(kind, depth)
        if kind.is_real:
            name = self.random.choice(("floor", "ceil", "trunc", "rint", "sqrt", "fabs", "fma"))
            if name != "fma":
                return Text(f"{name}({kind.msl}({a.msl}))", f"{name}({a.cpp})")
            if kind.scalar != "float":
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
            return self.construct_struct(kind, depth) if kind.is_struct else self.operation(kind, depth)
        function = self.random.choice(fitting)
        values = [self.expression(parameter, depth - 1) for parameter in function.parameters]
        msl = ", ".join(f"{p.msl}({v.msl})" for p, v in zip(function.parameters, values))
        return Text(
            f"{function.name}{function.template_arguments}({msl})",
            f"{function.name}({', '.join(v.cpp for v in values)})",
        )

    def lane_operation(self, kind: Type, depth: int) -> Text:
        """An operation between lanes; the executors are compared, and C++ has none."""
        a = self.expression(kind, depth)
        scope = self.random.choice(("simd", "simd", "quad"))
        mask = 31 if scope == "simd" else 3
        forms = ["shuffle", "shuffle_xor", "shuffle_up", "shuffle_down", "broadcast", "broadcast_first"]
        if kind.scalar not in REALS:
            forms += ["sum", "min", "max", "and", "or", "xor", "prefix_inclusive_sum", "prefix_exclusive_sum"] * 2
        form = self.random.choice(forms)
        if form == "shuffle":
            lane = self.expression(USHORT, 1)
            return Text(f"{scope}_{form}({kind.msl}({a.msl}), ushort({lane.msl} & {mask}))", "")
        if form in ("shuffle_xor", "shuffle_up", "shuffle_down", "broadcast"):
            return Text(f"{scope}_{form}({kind.msl}({a.msl}), ushort({self.random.randrange(1, mask + 1)}))", "")
        return Text(f"{scope}_{form}({kind.msl}({a.msl}))", "")
