"""Random statements, in MSL and in C++."""

from __future__ import annotations

from expressions import Expressions
from program import COMPONENTS, INT, UINT, Text, Type, Variable, Writer


class Statements(Expressions):
    """Writes statements that change what is in scope."""

    def __init__(self, seed: int, lanes: bool) -> None:
        super().__init__(seed, lanes)
        self.writer = Writer()
        self.count = 0
        self.loops = 0
        # The words that end a round, a loop or a switch here.
        self.exits: tuple[str, ...] = ()
        self.result: Type | None = None
        self.in_kernel = False
        # Threadgroup counters, each of which knows one operation: so its end does not depend on the order.
        self.counters: list[tuple[Text, str, Type]] = []

    def fresh(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def block(self, statements: int, depth: int) -> None:
        """Statements with a scope of their own; the braces are the caller's."""
        seen = len(self.variables)
        self.writer.depth += 1
        for _ in range(statements):
            self.statement(depth)
        self.writer.depth -= 1
        del self.variables[seen:]

    def statement(self, depth: int) -> None:
        forms = [self.assign, self.assign, self.assign, self.declare, self.declare_pointer, self.call_with_reference]
        if depth > 0:
            forms += [self.if_else, self.if_else, self.loop, self.switch]
        if self.exits:
            forms.append(self.leave)
        if self.result is not None and not self.in_kernel:
            forms.append(self.leave_function)
        if self.in_kernel and self.counters:
            forms.append(self.count_up)
        if self.lanes and self.chance(0.05):
            self.writer.line("simdgroup_barrier(mem_flags::mem_none);")
        self.random.choice(forms)(depth)

    def declare(self, _: int) -> None:
        kind = self.any_type()
        name = self.fresh("v")
        if self.chance(0.2):
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

    def declare_pointer(self, depth: int) -> None:
        """A pointer to one of two variables, to an element, or to a whole array."""
        places = [v for v in self.places() if not v.is_const]
        if not places:
            return self.declare(depth)
        place = self.random.choice(places)
        kind, name = place.type, self.fresh("p")
        if place.length and self.chance(0.5):
            target, length = Text(place.msl, place.cpp), place.length
        elif place.length:
            element = self.element(place)
            target, length = Text(f"&{element.msl}", f"&{element.cpp}"), 0
        else:
            others = [v for v in places if v.type == kind and not v.length]
            other, test = self.random.choice(others), self.condition(1)
            target, length = (
                Text(f"({test.msl} ? &{place.msl} : &{other.msl})", f"({test.cpp} ? &{place.cpp} : &{other.cpp})"),
                0,
            )
        self.writer.line(f"thread {kind.msl} *{name} = {target.msl};", f"{kind.cpp} *{name} = {target.cpp};")
        text = name if length else f"(*{name})"
        self.variables.append(Variable(kind, text, text, length))

    def assign(self, _: int) -> None:
        places = [v for v in self.places() if not v.is_const]
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
            op, name = self.pick("+:add -:sub *:mul ^:bit_xor |:bit_or")
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
        outer = self.exits
        self.loops += 1
        self.exits = ("break", "continue")
        count = self.fresh("n")
        bound, most = self.expression(INT, 1), self.random.choice((3, 5, 7))
        limit = Text(f"({bound.msl} & {most})", f"({bound.cpp} & {most})")
        counter = Variable(INT, count, count, is_const=True)
        form = self.random.choice(("for", "while", "do"))
        if form == "for":
            self.writer.line(*(f"for (int {count} = 0; {count} < {text} && {count} < 6; ++{count}) {{"
                               for text in (limit.msl, limit.cpp)))  # fmt: skip
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
        self.exits = outer
        self.loops -= 1

    def switch(self, depth: int) -> None:
        value = self.expression(self.random.choice((INT, UINT)), 2)
        # Not (x) & 3: where x is a cast, that is a cast of &3.
        self.writer.line(f"switch (3 & {value.msl}) {{", f"switch (3 & {value.cpp}) {{")
        outer = self.exits
        self.exits = ("break", *outer)
        for case in self.random.sample(range(4), self.random.randint(1, 4)):
            self.writer.line(f"case {case}: {{")
            self.block(self.random.randint(1, 2), depth - 1)
            self.writer.line("} break;" if self.chance(0.7) else "}")
        if self.chance(0.5):
            self.writer.line("default: {")
            self.block(1, depth - 1)
            self.writer.line("}")
        self.exits = outer
        self.writer.line("}")

    def leave(self, _: int) -> None:
        test, word = self.condition(1), self.random.choice(self.exits)
        self.writer.line(f"if ({test.msl}) {word};", f"if ({test.cpp}) {word};")

    def leave_function(self, _: int) -> None:
        assert self.result is not None
        test, value = self.condition(1), self.expression(self.result, 2)
        self.writer.line(f"if ({test.msl}) return {value.msl};", f"if ({test.cpp}) return {value.cpp};")

    def count_up(self, _: int) -> None:
        place, operation, kind = self.random.choice(self.counters)
        value = self.expression(kind, 2)
        self.writer.line(f"atomic_fetch_{operation}_explicit(&{place.msl}, {kind.msl}({value.msl}), memory_order_relaxed);",
                         f"atomic_{operation}({place.cpp}, {value.cpp});")  # fmt: skip

    def call_with_reference(self, depth: int) -> None:
        fitting = [
            (f, v)
            for v in self.places()
            if v.length == 0 and not v.is_const
            for f in self.functions
            if f.takes_reference and v.type == f.parameters[0]
        ]
        if not fitting:
            return self.assign(depth)
        function, place = self.random.choice(fitting)
        values = [self.expression(parameter, 1) for parameter in function.parameters[1:]]
        msl = "".join(f", {p.msl}({v.msl})" for p, v in zip(function.parameters[1:], values))
        cpp = "".join(f", {v.cpp}" for v in values)
        self.writer.line(f"{function.name}{function.template_arguments}({place.msl}{msl});",
                         f"{function.name}({place.cpp}{cpp});")  # fmt: skip
