"""How kernels are named and parametrised: host names, attribute arguments, functions as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Run = Callable[..., list[Any]]
HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"

TEMPLATE = """template <typename T, int N, bool B = false>
[[kernel]] void f(device T *o [[buffer(0)]], uint i [[thread_position_in_grid]]) { o[i] = T(N + B); }
"""
MORE = """template <typename U> struct Size { static int get() { return sizeof(U); } };
template <template <typename> class O, typename T> kernel void of_template(device int *o) { o[0] = O<T>::get(); }
enum class E { A, B = 7 };
template <E e> kernel void of_enum(device int *o) { o[0] = int(e); }
static int twice(int x) { return 2 * x; }
template <int (*g)(int)> kernel void of_function(device int *o) { o[0] = g(4); }
namespace a { template <typename T> kernel void inside(device T *o) { o[0] = 5; } }
template <typename... Ts> kernel void of_pack(device int *o) { o[0] = (int(sizeof(Ts)) + ...); }
#define instantiate(n) template [[host_name("x_" #n)]] [[kernel]] decltype(f<int, n>) f<int, n>;
"""


@pytest.mark.parametrize(
    ("instantiation", "name", "value"),
    [
        ('typedef decltype(f<int, 3>) alias; template [[host_name("x")]] [[kernel]] alias f<int, 3>;', "x", 3),
        ('using alias = decltype(f<int, 2 + 1>); template [[host_name("x")]] [[kernel]] alias f<int, 2 + 1>;', "x", 3),
        ('template [[host_name("x")]] kernel decltype(f<int, 3>) f<int, 3>;', "x", 3),
        ('template [[host_name("x")]] [[kernel]] decltype(f<int, 3, true>) f<int, 3, true>;', "x", 4),
        ('template [[host_name("x")]] kernel void f<int, 3>(device int *, uint);', "x", 3),
        (
            'template [[host_name("x")]] kernel void f<int, 3>(device int *o [[buffer(0)]], uint i [[thread_position_in_grid]]);',
            "x",
            3,
        ),
        ('template [[host_name("x"), kernel]] void f<int, 3>(device int *, uint);', "x", 3),
        ('template [[kernel, host_name("x")]] void f<int, 3>(device int *, uint);', "x", 3),
        ('template [[kernel]] [[host_name("x" "y")]] void f<int, 3>(device int *, uint);', "xy", 3),
        ("instantiate(3)", "x_3", 3),
        ('template [[host_name("x")]] kernel void of_template<Size, float4>(device int *);', "x", 16),
        ('template [[host_name("x")]] kernel void of_enum<E::B>(device int *);', "x", 7),
        ('template [[host_name("x")]] kernel void of_function<twice>(device int *);', "x", 8),
        ('template [[host_name("x")]] kernel void of_pack<char, float4, half>(device int *);', "x", 19),
        ('template [[host_name("x")]] kernel void a::inside<int>(device int *);', "x", 5),
        ('namespace a { template [[host_name("x")]] kernel void inside<int>(device int *); }', "x", 5),
        ('[[host_name("x")]] kernel void g(device int *o) { o[0] = 3; }', "x", 3),
        ('kernel [[host_name("x")]] void g(device int *o) { o[0] = 3; }', "x", 3),
        ('[[kernel]] [[host_name("x.y/z ü")]] void g(device int *o) { o[0] = 3; }', "x.y/z ü", 3),
        ("namespace b { kernel void g(device int *o) { o[0] = 3; } }", "b::g", 3),
    ],
)
def test_names(run: Run, instantiation: str, name: str, value: int) -> None:
    (out,) = run(TEMPLATE + MORE + instantiation, np.zeros(1, np.int32), grid=[1], group=[1], name=name)
    assert out[0] == value


def test_instantiations_without_a_host_name_are_not_kernels(device: pm.Device) -> None:
    source = HEADER + TEMPLATE + "template [[kernel]] void f<int, 3>(device int *, uint);\nkernel void g() {}"
    assert device.new_library_with_source(source).function_names == ["g"]


def test_two_functions_of_one_host_name(device: pm.Device) -> None:
    source = '[[host_name("x")]] kernel void a() {}\n[[host_name("x")]] kernel void b(device int *o) {}'
    with pytest.raises(pm.CompileError, match="already has a function named 'x'"):
        device.new_library_with_source(source)


@pytest.mark.parametrize(
    "argument",
    [
        "IDX",
        "Index::Out",
        "Out",
        "static_cast<int>(Scoped::Out)",
        "kOne - 1",
        "f(1)",
        "sizeof(int) - 4",
        "(0)",
        "0x0",
        "kOne ? 0 : 1",
    ],
)
def test_attribute_arguments_are_constant_expressions(run: Run, argument: str) -> None:
    source = f"""#define IDX 0
    enum Index {{ Out = 0 }};
    enum class Scoped {{ Out = 0 }};
    constant constexpr int kOne = 1;
    constexpr int f(int x) {{ return x - 1; }}
    kernel void k(device int *first, device int *o [[buffer({argument})]]) {{ o[0] = 3; }}"""
    (out,) = run(source, np.zeros(1, np.int32), grid=[1], group=[1])
    assert out[0] == 3


@pytest.mark.parametrize(
    "declaration",
    [
        "[[max_total_threads_per_threadgroup(W * W)]] kernel void k(device int *o)",
        "kernel [[max_total_threads_per_threadgroup(64)]] void k(device int *o)",
        "[[kernel, max_total_threads_per_threadgroup(64)]] void k(device int *o)",
        "[[kernel]] [[max_total_threads_per_threadgroup(W << 3)]] void k(device int *o)",
        "template <int N> [[kernel, max_total_threads_per_threadgroup(N * 8)]] void f(device int *o)",
    ],
)
def test_most_threads_of_a_threadgroup(device: pm.Device, queue: pm.CommandQueue, declaration: str) -> None:
    source = f"{HEADER}constant constexpr int W = 8;\n{declaration} {{ o[0] = 3; }}\n"
    if "template" in declaration:
        source += 'template [[host_name("k")]] [[kernel]] void f<8>(device int *);'
    pipeline = device.new_compute_pipeline_state(device.new_library_with_source(source).new_function("k"))
    assert pipeline.max_total_threads_per_threadgroup == 64
    encoder = queue.command_buffer().compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(device.new_buffer(4), 0, 0)
    with pytest.raises(pm.ValidationError, match=r"\(65 x 1 x 1\) has more threads than function 'k' allows \(64\)"):
        encoder.dispatch_threads(65, 1, 1, 65, 1, 1)
    encoder.dispatch_threads(64, 1, 1, 64, 1, 1)


def test_an_index_behind_the_brackets_of_an_array(device: pm.Device) -> None:
    source = """kernel void k(device int (&table)[4][5] [[buffer(3)]], threadgroup float (&tile)[8] [[threadgroup(1)]],
                          constant float (*rows)[6] [[buffer(7)]]) { table[1][2] = int(tile[3] + rows[1][1]); }"""
    library = device.new_library_with_source(HEADER + source)
    bindings = device.new_compute_pipeline_state(library.new_function("k")).reflection.bindings
    assert [(b.name, b.index, b.data_size) for b in bindings] == [("table", 3, 80), ("tile", 1, 32), ("rows", 7, 24)]


@pytest.mark.parametrize(
    ("functions", "body", "expected"),
    [
        ("[[visible]] int sq(int x) { return x * x; }", "o[0] = sq(3);", 9),
        (
            "int sq(int x) { return x * x; } int cu(int x) { return x * x * x; }",
            "int (*f)(int) = o[1] ? cu : sq; o[0] = f(3);",
            9,
        ),
        (
            "int sq(int x) { return x * x; } int ap(int (*f)(int), int x) { return f(x); }",
            "o[0] = ap(sq, 3) + ap(&sq, 1);",
            10,
        ),
        (
            "int sq(int x) { return x * x; } int cu(int x) { return x * x * x; } typedef int (*F)(int);\nconstant F t[2] = {sq, cu};",
            "for (int i = 0; i < 2; ++i) o[0] += t[i](3);",
            36,
        ),
        (
            "int sq(int x) { return x * x; } int cu(int x) { return x * x * x; } using F = int (*)(int);",
            "F t[2] = {sq, cu}; o[0] = t[(o[1] + 1) & 1](3);",
            27,
        ),
        ("template <class F> int ap(F f) { return f(4); }", "int y = 2; o[0] = ap([=](int x) { return x + y; });", 6),
        ("struct Add { int n; int operator()(int x) const { return x + n; } };", "Add a = {5}; o[0] = a(1);", 6),
    ],
)
def test_functions_as_values(run: Run, functions: str, body: str, expected: int) -> None:
    (out,) = run(f"{functions}\nkernel void k(device int *o) {{ {body} }}", np.zeros(2, np.int32), grid=[1], group=[1])
    assert out[0] == expected
