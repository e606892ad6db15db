"""Writes the header that defines vec<T, N>, packed_vec<T, N> and their aliases, with every swizzle as a property.

Usage: python3 generate_vector.py OUTPUT_PATH
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

SIZES = (2, 3, 4)
SCALARS = (
    "bool",
    "char",
    "uchar",
    "short",
    "ushort",
    "int",
    "uint",
    "long",
    "ulong",
    "half",
    "bfloat",
    "float",
)
# packed_bool exists in Metal as well, so the packed aliases take the same list.
COMPONENTS = "xyzw"
COLORS = "rgba"
ARITHMETIC = ("+", "-", "*", "/", "%", "&", "|", "^")
SHIFTS = ("<<", ">>")
COMPARISONS = ("==", "!=", "<", ">", "<=", ">=")
LOGICAL = ("&&", "||")

HEADER = """\
// Defines vec<T, N>, packed_vec<T, N> and their aliases. Written by generate_vector.py.
#ifndef MTL_VECTOR_GENERATED_H
#define MTL_VECTOR_GENERATED_H

#include <metal_types>

namespace metal {

template <class T, int N> struct vec;
template <class T, int N, class V = vec<T, N>> struct packed_vec;

// The two scalars that convert into each other by a cast alone.
template <class T, class S, int = (__is_same(T, half) && __is_same(S, bfloat)) || (__is_same(T, bfloat) && __is_same(S, half))>
struct mtl_if_only_cast;
template <class T, class S> struct mtl_if_only_cast<T, S, 1> { typedef int type; };
"""

FOOTER = """\
#endif
"""


def partitions(total: int) -> Iterator[tuple[int, ...]]:
    """All ordered ways to fill `total` components from scalars and shorter vectors."""
    if total == 0:
        yield ()
        return
    for first in range(1, total + 1):
        for rest in partitions(total - first):
            yield (first, *rest)


def per_component(size: int, pattern: str) -> str:
    """`pattern` once per component, with `$` standing for the component's name, comma separated."""
    return ", ".join(pattern.replace("$", name) for name in COMPONENTS[:size])


def constructors(size: int) -> Iterator[str]:
    """The constructors of vec<T, size>; those from parts take every mix of scalars and shorter vectors."""
    yield "vec() = default;"
    yield f"constexpr vec(T s) : {per_component(size, '$(s)')} {{}}"
    yield (
        "template <class S, typename mtl_if_only_cast<T, S>::type = 0> explicit constexpr vec(S s) : "
        f"{per_component(size, '$(T(s))')} {{}}"
    )
    yield f"template <class S> explicit constexpr vec(vec<S, {size}> v) : {per_component(size, '$(T(v.$))')} {{}}"
    yield (
        f"template <class S> explicit constexpr vec(packed_vec<S, {size}> v) : {per_component(size, '$(T(v.$))')} {{}}"
    )
    for parts in partitions(size):
        if len(parts) == 1:
            continue
        parameters: list[str] = []
        values: list[str] = []
        for index, part in enumerate(parts):
            parameters.append(f"T p{index}" if part == 1 else f"vec<T, {part}> p{index}")
            values += [f"p{index}"] if part == 1 else [f"p{index}.{name}" for name in COMPONENTS[:part]]
        initialisers = ", ".join(f"{name}({value})" for name, value in zip(COMPONENTS, values))
        yield f"constexpr vec({', '.join(parameters)}) : {initialisers} {{}}"
    # `uint4 x = {a, b}` fills up with zeros; the compiler refuses `uint4(a, b)` itself.
    for count in range(2, size):
        parameters = [f"T p{index}" for index in range(count)]
        values = [f"p{index}" if index < count else "T(0)" for index in range(size)]
        initialisers = ", ".join(f"{name}({value})" for name, value in zip(COMPONENTS, values))
        yield f"constexpr vec({', '.join(parameters)}) : {initialisers} {{}}"


def assignments(name: str) -> Iterator[str]:
    """Only of what has a place: `a + b = c` is an error."""
    yield f"constexpr {name}(const {name} &) = default;"
    yield f"constexpr {name} &operator=(const {name} &) & = default;"


def volatile_copies(name: str, size: int) -> Iterator[str]:
    """Copies from and to volatile memory. Templates, so that the class stays trivial and no other copy takes them."""
    stores = " ".join(f"{name} = v.{name};" for name in COMPONENTS[:size])
    yield f"template <int = 0> constexpr {name}(const volatile {name} &v) : {per_component(size, '$(v.$)')} {{}}"
    yield f"template <int = 0> constexpr {name} &operator=(const volatile {name} &v) & {{ {stores} return *this; }}"
    yield f"template <int = 0> void operator=({name} v) volatile & {{ {stores} }}"


def swizzles(size: int) -> Iterator[str]:
    """Accessors and properties; both name sets share one accessor."""
    for index in range(size):
        name, color = COMPONENTS[index], COLORS[index]
        yield f"constexpr T get_{name}() const {{ return {name}; }}"
        yield f"constexpr T put_{name}(T s) & {{ return {name} = s; }}"
        yield f"__declspec(property(get = get_{name}, put = put_{name})) T {color};"
    for length in SIZES:
        for indices in itertools.product(range(size), repeat=length):
            name = "".join(COMPONENTS[i] for i in indices)
            color = "".join(COLORS[i] for i in indices)
            result = f"vec<T, {length}>"
            yield f"constexpr {result} get_{name}() const {{ return {result}({', '.join(name)}); }}"
            access = f"get = get_{name}"
            if len(set(indices)) == length:
                stores = " ".join(f"{name[i]} = v.{COMPONENTS[i]};" for i in range(length))
                yield f"constexpr {result} put_{name}({result} v) & {{ {stores} return v; }}"
                access += f", put = put_{name}"
            yield f"__declspec(property({access})) {result} {name}, {color};"


def subscripts(size: int) -> Iterator[str]:
    """Element access. The chain of conditions serves constant evaluation, which refuses pointer steps past x."""
    chain = COMPONENTS[size - 1]
    for index in reversed(range(size - 1)):
        chain = f"i == {index} ? {COMPONENTS[index]} : {chain}"
    # A component is in the vector's address space; a temporary vector is in none.
    for space, qualifier in itertools.product(("__generic", "__global", "__local", "__private"), ("const ", "")):
        yield (
            f"constexpr {qualifier}{space} T &operator[](int i) {qualifier}{space} & "
            f"{{ return __builtin_is_constant_evaluated() ? ({chain}) : (&x)[i]; }}"
        )
    yield f"constexpr T operator[](int i) const && {{ return __builtin_is_constant_evaluated() ? ({chain}) : (&x)[i]; }}"


def operators(size: int) -> Iterator[str]:
    """Operators as hidden friends, so that scalars of any arithmetic type convert on either side."""
    truth = f"vec<bool, {size}>"
    for op in ARITHMETIC:
        yield f"friend constexpr vec operator{op}(vec a, vec b) {{ return vec({per_component(size, f'T(a.$ {op} b.$)')}); }}"
    for op in SHIFTS:
        # A shift counts modulo the width of a component, which `int`, where small integers shift, does not know.
        shifted = per_component(size, f"T(a.$ {op} (b.$ & T(sizeof(T) * 8 - 1)))")
        yield f"friend constexpr vec operator{op}(vec a, vec b) {{ return vec({shifted}); }}"
    for op in ARITHMETIC + SHIFTS:
        yield f"constexpr vec &operator{op}=(vec b) & {{ return *this = *this {op} b; }}"
    for op in COMPARISONS + LOGICAL:
        yield f"friend constexpr {truth} operator{op}(vec a, vec b) {{ return {truth}({per_component(size, f'a.$ {op} b.$')}); }}"
    for op in "+-~":
        yield f"friend constexpr vec operator{op}(vec a) {{ return vec({per_component(size, f'T({op}a.$)')}); }}"
    yield f"friend constexpr {truth} operator!(vec a) {{ return {truth}({per_component(size, '!a.$')}); }}"
    for op in "+-":
        yield f"constexpr vec &operator{op}{op}() & {{ return *this {op}= vec(T(1)); }}"
        yield f"constexpr vec operator{op}{op}(int) & {{ vec old = *this; *this {op}= vec(T(1)); return old; }}"


def vector_class(size: int) -> Iterator[str]:
    """vec<T, size>; three components take the size and alignment of four."""
    yield f"template <class T> struct alignas(sizeof(T) * {4 if size == 3 else size}) vec<T, {size}> {{"
    yield f"T {', '.join(COMPONENTS[:size])};"
    yield from constructors(size)
    yield from assignments("vec")
    yield from volatile_copies("vec", size)
    yield from subscripts(size)
    yield from operators(size)
    yield from swizzles(size)
    yield "};"


def packed_class(size: int) -> Iterator[str]:
    """packed_vec<T, size>; naming V as an argument lets lookup find the operators of vec for packed operands."""
    yield f"template <class T, class V> struct packed_vec<T, {size}, V> {{"
    yield f"T {', '.join(COMPONENTS[:size])};"
    yield "packed_vec() = default;"
    yield f"constexpr packed_vec(T s) : {per_component(size, '$(s)')} {{}}"
    yield (
        "template <class S, typename mtl_if_only_cast<T, S>::type = 0> explicit constexpr packed_vec(S s) : "
        f"{per_component(size, '$(T(s))')} {{}}"
    )
    yield f"constexpr packed_vec(V v) : {per_component(size, '$(v.$)')} {{}}"
    yield from assignments("packed_vec")
    yield from volatile_copies("packed_vec", size)
    for parts in partitions(size):
        if len(parts) == 1:
            continue
        kinds = ["T" if part == 1 else f"vec<T, {part}>" for part in parts]
        parameters = ", ".join(f"{kind} p{index}" for index, kind in enumerate(kinds))
        arguments = ", ".join(f"p{index}" for index in range(len(parts)))
        yield f"constexpr packed_vec({parameters}) : packed_vec(V({arguments})) {{}}"
    for source in ("vec", "packed_vec"):
        yield f"template <class S> explicit constexpr packed_vec({source}<S, {size}> v) : {per_component(size, '$(T(v.$))')} {{}}"
    yield f"constexpr operator V() const {{ return V({', '.join(COMPONENTS[:size])}); }}"
    yield from subscripts(size)
    for op in ARITHMETIC + SHIFTS:
        yield f"constexpr packed_vec &operator{op}=(V b) & {{ return *this = packed_vec(V(*this) {op} b); }}"
    yield from swizzles(size)
    yield "};"


def aliases() -> Iterator[str]:
    """float2 … packed_ulong4 inside metal, and a static assertion per vector that also completes its class."""
    for scalar, size in itertools.product(SCALARS, SIZES):
        yield f"typedef vec<{scalar}, {size}> {scalar}{size};"
        yield f"typedef packed_vec<{scalar}, {size}> packed_{scalar}{size};"
        slots = 4 if size == 3 else size
        yield f'static_assert(sizeof({scalar}{size}) == sizeof({scalar}) * {slots}, "");'
        yield f'static_assert(sizeof(packed_{scalar}{size}) == sizeof({scalar}) * {size}, "");'


def global_aliases() -> Iterator[str]:
    """The same names at global scope, where Metal has them too."""
    for scalar, size in itertools.product(SCALARS, SIZES):
        yield f"using metal::{scalar}{size};"
        yield f"using metal::packed_{scalar}{size};"


def generate() -> str:
    """The text of the header."""
    lines = [HEADER]
    for size in SIZES:
        lines += vector_class(size)
    for size in SIZES:
        lines += packed_class(size)
    lines += aliases()
    lines.append("} // namespace metal\n")
    lines += global_aliases()
    lines.append("using metal::vec;\nusing metal::packed_vec;\n")
    lines.append(FOOTER)
    return "\n".join(lines)


def main() -> None:
    """Writes the header to the path given on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: generate_vector.py OUTPUT_PATH")
    Path(sys.argv[1]).write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main()
