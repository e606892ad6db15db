"""Math on every value that a half or a bfloat can have, against NumPy in float64."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pymetal as pm
import pytest
from conftest import HEADER

Array = np.ndarray[Any, Any]
Run = Callable[..., list[Array]]

ALL_BITS = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16)


def sin_pi(x: Array) -> Array:
    turn = x - 2 * np.rint(x / 2)
    return np.sin(np.pi * np.where(np.abs(turn) > 0.5, np.copysign(1, turn) - turn, turn))


def cos_pi(x: Array) -> Array:
    turn = np.abs(x - 2 * np.rint(x / 2))
    return np.where(turn < 0.25, np.cos(np.pi * turn), np.sin(np.pi * (0.5 - turn)))


# Table 8.3 of the Metal Shading Language Specification (version 4, June 2025) allows one unit of the last place of a half
# for most; what is computed in float and rounded has half a unit, and seldom a little more. For bfloat its tables 8.4 and
# 8.5 speak of + - * / alone; the same is asked of the functions here.
FUNCTIONS: dict[str, tuple[Callable[[Array], Array], float]] = {
    "acos": (np.arccos, 0.51),
    "acosh": (np.arccosh, 0.51),
    "asin": (np.arcsin, 0.51),
    "asinh": (np.arcsinh, 0.51),
    "atan": (np.arctan, 0.51),
    "atanh": (np.arctanh, 0.51),
    "ceil": (np.ceil, 0),
    "cos": (np.cos, 0.51),
    "cosh": (np.cosh, 0.51),
    "cospi": (cos_pi, 0.51),
    "exp": (np.exp, 0.51),
    "exp10": (lambda x: np.float_power(10.0, x), 0.51),
    "exp2": (np.exp2, 0.51),
    "fabs": (np.abs, 0),
    "floor": (np.floor, 0),
    "fract": (lambda x: x - np.floor(x), 0.5),
    "log": (np.log, 0.51),
    "log10": (np.log10, 0.51),
    "log2": (np.log2, 0.51),
    "rint": (np.rint, 0),
    "round": (lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x), 0),
    "rsqrt": (lambda x: 1 / np.sqrt(x), 0.5),
    "saturate": (lambda x: np.where(np.isnan(x), 0, np.clip(x, 0, 1)), 0),
    "sign": (lambda x: np.where(np.isnan(x), 0, np.sign(x)), 0),
    "sin": (np.sin, 0.51),
    "sinh": (np.sinh, 0.51),
    "sinpi": (sin_pi, 0.51),
    "sqrt": (np.sqrt, 0.5),
    "tan": (np.tan, 0.51),
    "tanh": (np.tanh, 0.51),
    "tanpi": (lambda x: sin_pi(x) / cos_pi(x), 0.51),
    "trunc": (np.trunc, 0),
}


def values_of(bits: Array, kind: str) -> Array:
    if kind == "half":
        return bits.view(np.float16).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return (bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


def ulp_error(result: Array, exact: Array, kind: str) -> Array:
    """Distances in units of the last place of the exact values; one beyond the largest counts as infinite."""
    digits, least, largest = (11, -24, 65520.0) if kind == "half" else (8, -133, 511 * 2.0**119)
    with np.errstate(all="ignore"):
        _, exponent = np.frexp(exact)
        unit = np.ldexp(1.0, np.maximum(np.where(exact == 0, least, exponent - digits), least))
        error = np.abs(result - exact) / unit
    beyond = np.abs(exact) >= largest
    with np.errstate(invalid="ignore"):
        error = np.where(beyond, np.where(result == np.sign(exact) * np.inf, 0, np.inf), error)
    both_nan = np.isnan(result) & np.isnan(exact)
    return np.where(both_nan | (result == exact), 0, np.where(np.isnan(error), np.inf, error))


@pytest.mark.parametrize("kind", ["half", "bfloat"])
def test_every_value(run: Run, kind: str) -> None:
    names = sorted(FUNCTIONS)
    calls = "\n".join(f"out[i * {len(names)} + {j}] = {name}(in[i]);" for j, name in enumerate(names))
    source = f"""kernel void k(device const {kind} *in, device {kind} *out, uint i [[thread_position_in_grid]]) {{
      {calls} }}"""
    out = run(source, ALL_BITS, np.zeros((1 << 16, len(names)), np.uint16), grid=(1 << 16,), group=(256,))[1]
    x = values_of(ALL_BITS, kind)
    wrong = []
    for j, name in enumerate(names):
        reference, limit = FUNCTIONS[name]
        with np.errstate(all="ignore"):
            exact = reference(x)
        found = values_of(np.ascontiguousarray(out[:, j]), kind)
        if name == "fract":  # never 1
            exact = np.minimum(exact, 1 - 2.0**-11 if kind == "half" else 1 - 2.0**-8)
        error = ulp_error(found, exact, kind)
        worst = int(np.argmax(error))
        if error[worst] > limit:
            wrong.append(f"{name}({x[worst]}) is {found[worst]}, not {exact[worst]}: {error[worst]} ulp")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", ["half", "bfloat"])
def test_every_value_survives_control_flow(run: Run, kind: str) -> None:
    source = f"""kernel void k(device const {kind} *in, device {kind} *out, device const uint *n,
                               uint i [[thread_position_in_grid]]) {{
      {kind} x = in[i], y = in[n[0]], z = x;
      for (uint j = 0; j < n[1]; ++j) {{
        if (in[j + n[2]] > 1) z = y;
        else if (n[j & 1] > i) out[j] = z;
        else y = z;
        z = n[1] > j + i ? z : x; }}
      out[i] = z; }}"""
    (_, out, _) = run(
        source, ALL_BITS, np.zeros_like(ALL_BITS), np.array([0, 3, 0], np.uint32), grid=(1 << 16,), group=(256,)
    )
    same = np.isnan(values_of(ALL_BITS, kind)) | (out == ALL_BITS)
    assert same[3:].all(), ALL_BITS[np.argmin(same)]


def exactly_rounded(value: Any, kind: str) -> float:
    """An exact fraction as the nearest value of the type, ties to even."""
    if value == 0:
        return 0.0
    digits, least, largest = (11, -24, 65520) if kind == "half" else (8, -133, 511 * 2**119)
    magnitude = abs(value)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if magnitude < Fraction(2) ** exponent:
        exponent -= 1
    unit = max(exponent - digits + 1, least)
    count = round(magnitude / Fraction(2) ** unit)  # Python rounds fractions to even
    result = float("inf") if magnitude >= largest else float(count) * 2.0**unit
    return -result if value < 0 else result


@pytest.mark.parametrize("kind", ["half", "bfloat"])
def test_fma_rounds_once(run: Run, kind: str) -> None:
    random = np.random.default_rng(8)
    bits = random.integers(0, 1 << 16, (3, 6000), dtype=np.uint32).astype(np.uint16)
    # Products next to the middle of two neighbours, which a small addend decides.
    ones = 0x3C00 if kind == "half" else 0x3F80
    bits[0, :3000] = ones + random.integers(0, 64, 3000)
    bits[1, :3000] = ones + random.integers(0, 64, 3000)
    bits[2, :1500] = random.integers(1, 2000, 1500)
    bits[2, 1500:3000] = 0x8000 + random.integers(1, 2000, 1500)
    a, b, c = (values_of(np.ascontiguousarray(row), kind) for row in bits)
    known = np.isfinite(a) & np.isfinite(b) & np.isfinite(c)
    source = f"""kernel void k(device const {kind} *a, device const {kind} *b, device const {kind} *c, device {kind} *out,
                               uint i [[thread_position_in_grid]]) {{ out[i] = fma(a[i], b[i], c[i]); }}"""
    rows = [np.ascontiguousarray(row) for row in bits]
    out = run(source, *rows, np.zeros(6000, np.uint16), grid=(6000,), group=(250,))[3]
    found = values_of(out, kind)
    for i in np.flatnonzero(known).tolist():
        expected = exactly_rounded(Fraction(float(a[i])) * Fraction(float(b[i])) + Fraction(float(c[i])), kind)
        assert found[i] == expected, (a[i], b[i], c[i])


@pytest.mark.parametrize("kind", ["half", "bfloat"])
def test_parts_of_every_value(run: Run, kind: str) -> None:
    source = f"""kernel void k(device const {kind} *in, device {kind} *out, device int *ints,
                               uint i [[thread_position_in_grid]]) {{
      {kind} x = in[i], whole; int power;
      out[i * 6] = frexp(x, power); out[i * 6 + 1] = modf(x, whole); out[i * 6 + 2] = whole;
      out[i * 6 + 3] = ldexp(out[i * 6], power); out[i * 6 + 4] = nextafter(x, {kind}(INFINITY));
      out[i * 6 + 5] = nextafter(x, {kind}(-INFINITY));
      ints[i * 2] = power; ints[i * 2 + 1] = ilogb(x); }}"""
    x = values_of(ALL_BITS, kind)
    _, out, ints = run(
        source, ALL_BITS, np.zeros((1 << 16, 6), np.uint16), np.zeros((1 << 16, 2), np.int32),
        grid=(1 << 16,), group=(256,),
    )  # fmt: skip
    found = [values_of(np.ascontiguousarray(out[:, j]), kind) for j in range(6)]
    finite = np.isfinite(x)
    fraction, power = np.frexp(x)
    with np.errstate(invalid="ignore"):
        part, whole = np.modf(x)
    np.testing.assert_array_equal(found[0], fraction)
    np.testing.assert_array_equal(found[1], part)
    np.testing.assert_array_equal(found[2], whole)
    np.testing.assert_array_equal(found[3][finite], x[finite])
    np.testing.assert_array_equal(ints[finite, 0], power[finite])
    ordinary = finite & (x != 0)
    np.testing.assert_array_equal(ints[ordinary, 1], power[ordinary] - 1)
    order = np.argsort(x[finite & (ALL_BITS != 0x8000)], kind="stable")
    ascending = np.flatnonzero(finite & (ALL_BITS != 0x8000))[order]
    np.testing.assert_array_equal(found[4][ascending[:-1]], x[ascending[1:]])
    np.testing.assert_array_equal(found[5][ascending[1:]], x[ascending[:-1]])


CASTS = [
    ("half", "bfloat"),
    ("bfloat", "half"),
    ("half", "float"),
    ("float", "bfloat"),
    ("bfloat", "int"),
    ("int", "half"),
]
# Places that have a component `g` or the like, most of them properties.
COMPONENTS = [
    "v.g",
    "v.y",
    "v[1]",
    "(v.g)",
    "p.g",
    "p.y",
    "wide[i].g",
    "tight[i].y",
    "wide->g",
    "s.v.g",
    "twice(v).g",
    "packed.v.g",
    "pair[1].g",
    "views[0].g",
    "shared.g",
    "v.gr.r",
    "(v+v).g",
    "-v.g",
    "V(p).g",
    "as_type<V>(v).g",
    "(v.g+v.g)",
    "v.rgb.g",
    "(flag?v:v).g",
]
FORMS = (
    "D({})",
    "(D){}",
    "static_cast<D>({})",
    "D{{D({})}}",
    "convert<D>({})",
    "of_component<D>(V({}))",
    "vec<D, 3>({}).g",
    "packed_vec<D, 3>({}).g",
    "vec<D, 3>(V({}, {}, {}).bgr).g",
    "vec<D, 2>(D({}), 1).r",
    "[&] {{ return D({}); }}()",
    "flag ? D({}) : D(0)",
    "D(1) * D({})",
    "D(float({}))",
)


@pytest.mark.parametrize("source, target", CASTS)
def test_casts_of_components(run: Run, source: str, target: str) -> None:
    lines = [f"out[n++] = float({form.format(*[place] * form.count('{}'))});" for form in FORMS for place in COMPONENTS]
    count, joined = len(lines), "\n".join(lines)
    text = f"""
typedef {source} S; typedef vec<S, 3> V; typedef {target} D;
template <class D, class S> D convert(S s) {{ return D(s); }}
template <class D, class V> D of_component(V v) {{ return static_cast<D>(v.g); }}
struct Wide {{ V v; }}; struct Packed {{ packed_vec<S, 3> v; }};
V twice(V v) {{ return v; }}
kernel void k(device const packed_vec<S, 3> *tight, device V *wide, device float *out,
              uint i [[thread_position_in_grid]]) {{
  threadgroup V shared; packed_vec<S, 3> p = tight[i]; V v = p; const bool flag = i == 0;
  wide[i] = v; shared = v;
  Wide s = {{v}}; Packed packed = {{p}}; array<V, 2> pair; pair[1] = v; array_ref<V> views = make_array_ref(&s.v, 1);
  uint n = 0; {joined} }}"""
    kinds = {"half": np.float16, "float": np.float32, "int": np.int32}
    tight = np.array([5, 3, 2], np.float32)
    given = (tight.view(np.uint32) >> 16).astype(np.uint16) if source == "bfloat" else tight.astype(kinds[source])
    out = run(text, given, np.zeros(16, np.uint8), np.zeros(count, np.float32), grid=(1,), group=(1,))[2]
    values = {"(v+v).g": 6, "-v.g": -3, "(v.g+v.g)": 6}
    cases = [(form, place) for form in FORMS for place in COMPONENTS]
    for (form, place), found in zip(cases, out.tolist(), strict=True):
        assert found == values.get(place, 3), (form, place)


def test_half_and_bfloat_convert_by_casts_alone(device: pm.Device) -> None:
    for line in (
        "half r = v.g;",
        "half r; r = v.g;",
        "half r(v.g);",
        "half2 r = v.rg;",
        "half2 r = v.g;",
        "half r{v.g};",
    ):
        source = f"{HEADER}kernel void k(device bfloat3 *b) {{ bfloat3 v = b[0]; {line} }}"
        with pytest.raises(pm.CompileError, match="bfloat"):
            device.new_library_with_source(source)
