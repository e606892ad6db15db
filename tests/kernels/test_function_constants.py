"""Function constants of every type, and what programs compute from them at program scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Run = Callable[..., list[Any]]
T = pm.DataType
HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
SCALARS = [
    ("bool", T.Bool, np.bool_, [True, False, True, True]),
    ("char", T.Char, np.int8, [-128, 127, 0, -1]),
    ("uchar", T.UChar, np.uint8, [255, 0, 1, 128]),
    ("short", T.Short, np.int16, [-32768, 32767, 5, -300]),
    ("ushort", T.UShort, np.uint16, [65535, 0, 1, 300]),
    ("int", T.Int, np.int32, [-(2**31), 2**31 - 1, 0, -70000]),
    ("uint", T.UInt, np.uint32, [2**32 - 1, 0, 70000, 1]),
    ("long", T.Long, np.int64, [-(2**63), 2**63 - 1, 2**40, -1]),
    ("ulong", T.ULong, np.uint64, [2**64 - 1, 0, 2**63, 1]),
    ("half", T.Half, np.float16, [1.5, -0.0, 65504.0, 6e-8]),
    ("float", T.Float, np.float32, [2.25, -1e-40, float("inf"), 3e38]),
]


def constants_of(*settings: tuple[Any, pm.DataType, int | str]) -> pm.FunctionConstantValues:
    values = pm.FunctionConstantValues()
    for value, data_type, key in settings:
        values.set_constant_value(value, data_type, key)
    return values


@pytest.mark.parametrize(("name", "kind", "dtype", "values"), SCALARS, ids=[s[0] for s in SCALARS])
def test_scalars_and_vectors(run: Run, name: str, kind: pm.DataType, dtype: Any, values: list[Any]) -> None:
    source = f"""constant {name} one [[function_constant(0)]];
    constant {name}2 two [[function_constant(1)]];
    constant {name}3 three [[function_constant(2)]];
    constant {name}4 four [[function_constant(3)]];
    kernel void k(device {name} *o) {{
      o[0] = one;
      for (int i = 0; i < 2; ++i) o[1 + i] = two[i];
      for (int i = 0; i < 3; ++i) o[3 + i] = three[i];
      for (int i = 0; i < 4; ++i) o[6 + i] = four[i];
    }}"""
    kinds = [T(int(kind) + i) for i in range(4)]
    constants = constants_of(
        (values[0], kinds[0], 0), (values[:2], kinds[1], 1), (values[:3], kinds[2], "three"), (values, kinds[3], 3)
    )
    (out,) = run(source, np.zeros(10, dtype), grid=[1], group=[1], constants=constants)
    expected = np.array(values[:1] + values[:2] + values[:3] + values, dtype)
    assert out.tobytes() == expected.tobytes()


def test_bfloats_round_to_nearest_even(run: Run) -> None:
    source = """constant bfloat4 c [[function_constant(0)]];
    kernel void k(device ushort *o) { for (int i = 0; i < 4; ++i) o[i] = as_type<ushort>(c[i]); }"""
    constants = constants_of(([1.0, 1 + 2**-8, 1 + 3 * 2**-8, float("nan")], T.BFloat4, 0))
    (out,) = run(source, np.zeros(4, np.uint16), grid=[1], group=[1], constants=constants)
    assert out[:3].tolist() == [0x3F80, 0x3F80, 0x3F82]
    assert out[3] & 0x7F80 == 0x7F80 and out[3] & 0x7F


@pytest.mark.parametrize("given", [None, 7])
def test_defaults(run: Run, given: int | None) -> None:
    source = """constant int given [[function_constant(0)]];
    constant int value = is_function_constant_defined(given) ? given : 42;
    kernel void k(device int *o) { o[0] = value; o[1] = is_function_constant_defined(given); }"""
    constants = pm.FunctionConstantValues() if given is None else constants_of((given, T.Int, 0))
    (out,) = run(source, np.zeros(2, np.int32), grid=[1], group=[1], constants=constants)
    assert out.tolist() == ([42, 0] if given is None else [7, 1])


@pytest.mark.parametrize(
    ("declarations", "values", "expected"),
    [
        ("constant float t[3] = {1.f * a, 2.f * a, sqrt(float(a))};", "t[0], t[1], t[2]", [16, 32, 4]),
        ("struct S { int x; float3 y; }; constant S s = {a * 2, float3(a)};", "s.x, s.y.z", [32, 16]),
        ("constant float4x4 m = float4x4(float(a));", "m[2][2], m[2][1]", [16, 0]),
        (
            "int f(int n) { int r = 0; for (int i = 1; i <= n; ++i) r += i * i; return r; } constant int s = f(a);",
            "s",
            [1496],
        ),
        ("constant float p = pow(float(a), 1.5f) + exp2(3.f);", "p", [72]),
        ("constant int b = a + 1; constant int c = b * b; constant int d[2] = {c, b};", "d[0], d[1]", [289, 17]),
        ("enum class E : uchar { A, B = 16 }; constant E e = E(a);", "e == E::B", [1]),
        ("namespace n { constant int b = a % 5; } constant array<int, 2> l = {{n::b, a / 5}};", "l[0], l[1]", [1, 3]),
        ("constant int q = a / (a - 16);", "q", [16]),
        ("constant bool has = a > 3 && a < 20; constant half h = has ? half(a) : 0.h;", "h", [16]),
    ],
)
def test_values_computed_at_program_scope(run: Run, declarations: str, values: str, expected: list[int]) -> None:
    stores = "".join(f"o[{i}] = int({value});" for i, value in enumerate(values.split(", ")))
    source = f"constant int a [[function_constant(5)]];\n{declarations}\nkernel void k(device int *o) {{ {stores} }}"
    constants = constants_of((16, T.Int, 5))
    (out,) = run(source, np.zeros(len(expected), np.int32), grid=[1], group=[1], constants=constants)
    assert out.tolist() == expected


def test_values_that_cannot_be_computed_are_errors(device: pm.Device) -> None:
    source = """constant int a [[function_constant(0)]];
    int f(int n) { int r = 1; for (int i = 0; i < n; ++i) r = r * 3 ^ i; return r; }
    constant int far = f(a);
    kernel void k(device int *o) { o[0] = far; }
    kernel void other(device int *o) { o[0] = a; }"""
    library = device.new_library_with_source(HEADER + source)
    constants = constants_of((10**6, T.Int, 0))
    device.new_compute_pipeline_state(library.new_function("other", constants))
    with pytest.raises(pm.PipelineError, match=r"a constant of program scope cannot be computed .*\(far\)"):
        device.new_compute_pipeline_state(library.new_function("k", constants))


def test_only_what_a_function_reaches_is_computed_and_needed(device: pm.Device) -> None:
    source = """constant int a [[function_constant(0)]];
    constant int b [[function_constant(1)]];
    constant bool c [[function_constant(2)]];
    constant int from_a = a * 2;
    kernel void first(device int *o) { o[0] = from_a; }
    kernel void second(device int *o) { o[0] = b; }
    kernel void third(device int *o [[buffer(0)]], device int *more [[buffer(1), function_constant(c)]]) {
      o[0] = more ? more[0] : 1; }
    kernel void none(device int *o) { o[0] = 1; }"""
    library = device.new_library_with_source(HEADER + source)
    for name, needs in (("first", "a"), ("second", "b"), ("third", "c")):
        function = library.new_function(name)
        assert function.function_constants_dictionary[needs].required
        with pytest.raises(pm.PipelineError, match=f"'{name}' needs a value for its function constant '{needs}'"):
            device.new_compute_pipeline_state(function)
    values = constants_of((3, T.Int, 0), (4, T.Int, 1), (True, T.Bool, 2), (9, T.Int, 77))
    for name, needs in (("first", ["a"]), ("second", ["b"]), ("third", ["c"]), ("none", [])):
        function = library.new_function(name, values)
        assert list(function.function_constants_dictionary) == needs
        device.new_compute_pipeline_state(function)


def test_what_dead_branches_read_needs_no_value(run: Run, device: pm.Device) -> None:
    source = """constant bool wide [[function_constant(0)]];
    constant int width [[function_constant(1)]];
    constant int area = width * width;
    constant int twice = area * 2;
    int pick(int x) { return wide ? x + twice : x; }
    kernel void k(device int *o) { if (wide) o[1] = width + area; o[0] = pick(5); }"""
    narrow = constants_of((False, T.Bool, 0))
    assert run(source, np.zeros(2, np.int32), grid=[1], group=[1], constants=narrow)[0].tolist() == [5, 0]
    both = constants_of((True, T.Bool, 0), (3, T.Int, 1))
    assert run(source, np.zeros(2, np.int32), grid=[1], group=[1], constants=both)[0].tolist() == [23, 12]
    some = constants_of((True, T.Bool, 0))
    assert run(source, np.zeros(2, np.int32), grid=[1], group=[1], constants=some)[0].tolist() == [5, 0]


def test_a_function_without_any_value_is_not_specialized(run: Run, device: pm.Device) -> None:
    """Programs in use leave some values out; a function that has none of them was forgotten."""
    source = """constant int a [[function_constant(1)]];
    constant int b [[function_constant(2)]];
    constant int twice = b * 2;
    kernel void k(device int *o) { o[0] = a; o[1] = b; o[2] = twice + 1; }
    kernel void dead(device int *o) { if (is_function_constant_defined(a)) o[0] = b; }"""
    some = constants_of((7, T.Int, 1))
    assert run(source, np.ones(3, np.int32), grid=[1], group=[1], constants=some)[0].tolist() == [7, 0, 1]
    library = device.new_library_with_source(HEADER + source)
    for constants in (pm.FunctionConstantValues(), constants_of((7, T.Int, "c"))):
        with pytest.raises(
            pm.PipelineError, match=r"'k' needs a value for its function constant '[ab]' \(index [12]\)"
        ):
            device.new_compute_pipeline_state(library.new_function("k", constants))
        device.new_compute_pipeline_state(library.new_function("dead", constants))


def test_dictionary(device: pm.Device) -> None:
    source = """constant half3 v [[function_constant(9)]];
    constant bool d [[function_constant(4)]];
    kernel void k(device half *o) { o[0] = v.x; if (is_function_constant_defined(d) && d) o[0] = 0; }"""
    constants = constants_of(([1, 2, 3], T.Half3, 9))
    dictionary = (
        device.new_library_with_source(HEADER + source).new_function("k", constants).function_constants_dictionary
    )
    assert {n: (c.type, c.index, c.required) for n, c in dictionary.items()} == {
        "v": (T.Half3, 9, True),
        "d": (T.Bool, 4, False),
    }


def test_ranges(run: Run) -> None:
    source = """constant float2 a [[function_constant(10)]];
    constant float2 b [[function_constant(11)]];
    kernel void k(device float *o) { o[0] = a.x; o[1] = a.y; o[2] = b.x; o[3] = b.y; }"""
    constants = pm.FunctionConstantValues()
    constants.set_constant_values(np.array([[1, 2], [3, 4]], np.float32), T.Float2, pm.Range(10, 2))
    (out,) = run(source, np.zeros(4, np.float32), grid=[1], group=[1], constants=constants)
    assert out.tolist() == [1, 2, 3, 4]
    with pytest.raises(pm.ValidationError, match=r"The range names 3 constants \(2 values\)"):
        constants.set_constant_values([1, 2], T.Float, pm.Range(0, 3))
    with pytest.raises(pm.ValidationError, match=r"65536 function constants.*\(70000\)"):
        constants.set_constant_values([1, 2], T.Float, pm.Range(70000, 2))


@pytest.mark.parametrize(
    ("value", "kind", "match"),
    [
        (256, T.UChar, "does not fit its data type"),
        (-1, T.UInt, "does not fit its data type"),
        (2**63, T.Long, "does not fit its data type"),
        (1e40, T.Float, "does not fit its data type"),
        ("x", T.Int, "does not fit its data type"),
        (1.5, T.Int, "does not fit its data type"),
        ([1, 2], T.Int3, r"has 3 components \(2\)"),
        (5, T.Float4, "has 4 components"),
        (1, T.Float4x4, "neither"),
        (1, T.Struct, "neither"),
        (1, T.None_, "neither"),
    ],
)
def test_values_that_do_not_fit(value: Any, kind: pm.DataType, match: str) -> None:
    with pytest.raises(pm.ValidationError, match=match):
        pm.FunctionConstantValues().set_constant_value(value, kind, 0)


def test_values_of_another_type(device: pm.Device) -> None:
    library = device.new_library_with_source(
        "constant float f [[function_constant(0)]]; kernel void k(device float *o) { o[0] = f; }"
    )
    function = library.new_function("k", constants_of((1, T.Int, 0)))
    with pytest.raises(pm.ValidationError, match=r"'f' of function 'k' has data type Float, .* another \(Int\)"):
        device.new_compute_pipeline_state(function)


@pytest.mark.parametrize(
    ("declaration", "match"),
    [
        ("constant float4x4 c [[function_constant(0)]];", "is a scalar or a vector"),
        ("struct S { int x; }; constant S c [[function_constant(0)]];", "is a scalar or a vector"),
        ("constant int c[2] [[function_constant(0)]];", "is a scalar or a vector"),
        ("constant int c [[function_constant(-1)]];", "needs one non-negative integer constant"),
        ("constant int c [[function_constant]];", "needs one non-negative integer constant"),
        ("constant int c [[function_constant(70000)]];", "needs one non-negative integer constant"),
        ("constant int c [[function_constant(0)]]; constant int d [[function_constant(0)]];", "index 0 .*'c'"),
    ],
)
def test_declarations_that_are_wrong(device: pm.Device, declaration: str, match: str) -> None:
    with pytest.raises(pm.CompileError, match=match):
        device.new_library_with_source(f"{HEADER}{declaration}\nkernel void k(device int *o) {{ o[0] = 1; }}")
