"""The parts of a random program: types, texts in both languages, and what is in scope."""

from __future__ import annotations

from dataclasses import dataclass, field

from grid import Grid

OUTPUTS = 8
INPUTS = 4
# Sums over all threads, behind the outputs.
TOTALS = 4

WIDTH = {"char": 8, "uchar": 8, "short": 16, "ushort": 16, "int": 32, "uint": 32, "long": 64, "ulong": 64}
INTEGERS = tuple(WIDTH)
REALS = ("float", "half", "bfloat")
SCALARS = INTEGERS + REALS
COMPONENTS = "xyzw"


@dataclass(frozen=True)
class Type:
    """A scalar, a vector of 2 to 4 components, or the struct of that name."""

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

    @property
    def is_struct(self) -> bool:
        return self.scalar not in SCALARS and self.scalar != "bool"

    @property
    def is_promoted(self) -> bool:
        """Whether arithmetic has a wider result, which must be converted back."""
        return self.scalar == "bfloat" or (self.size == 1 and WIDTH.get(self.scalar, 32) < 32)


INT, UINT, BOOL, USHORT = Type("int"), Type("uint"), Type("bool"), Type("ushort")


@dataclass(frozen=True)
class Text:
    """One expression or place, in both languages."""

    msl: str
    cpp: str


def same(text: str) -> Text:
    return Text(text, text)


@dataclass(frozen=True)
class Variable:
    """Something with a name and a type; `length` is 0 or that of an array."""

    type: Type
    msl: str
    cpp: str
    length: int = 0
    is_const: bool = False


@dataclass(frozen=True)
class Struct:
    type: Type
    # Names, types and array lengths or 0.
    members: tuple[tuple[str, Type, int], ...]

    def declaration(self, language: str) -> str:
        members = " ".join(
            f"{getattr(kind, language)} {name}{f'[{length}]' if length else ''};" for name, kind, length in self.members
        )
        return f"struct {self.type.scalar} {{ {members} }};"


@dataclass
class Function:
    name: str
    result: Type
    parameters: list[Type]
    takes_reference: bool = False
    # What stands between the name and the arguments of a call in MSL.
    template_arguments: str = ""


@dataclass
class Program:
    """A kernel `k` over `threads` threads, those of `grid`, and its meaning as a C++ function `<name>::run`."""

    name: str
    msl: str
    cpp: str
    threads: int
    grid: Grid

    @property
    def output_count(self) -> int:
        return self.threads * OUTPUTS + TOTALS


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
