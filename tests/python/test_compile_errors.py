"""What the compiler says of wrong MSL: objects and text, in MSL's words."""

from __future__ import annotations

import pymetal as pm
import pytest


def fail(device: pm.Device, source: str) -> pm.CompileError:
    with pytest.raises(pm.CompileError) as caught:
        device.new_library_with_source("#include <metal_stdlib>\nusing namespace metal;\n" + source)
    error: pm.CompileError = caught.value
    assert str(error).startswith("Library compilation failed")
    for word in ("__global", "__local", "__private", "__generic", "vec<", "__bf16", "clcpp", "OpenCL"):
        assert word not in str(error), str(error)
    return error


def test_an_error_is_an_object(device: pm.Device) -> None:
    error = fail(device, "kernel void f(device float *x) {\n  x[0] = missing;\n}")
    (diagnostic,) = error.diagnostics
    assert diagnostic.severity == "error"
    assert diagnostic.file == "program_source"
    assert (diagnostic.line, diagnostic.column) == (4, 10)
    assert diagnostic.message == "use of undeclared identifier 'missing'"
    assert diagnostic.source_line == "  x[0] = missing;"
    assert "program_source:4:10: error: use of undeclared identifier 'missing'\n  x[0] = missing;\n         ^" in str(
        error
    )


def test_notes_belong_to_their_error(device: pm.Device) -> None:
    error = fail(device, "void f(int a);\nkernel void g(device int *x) { f(x, x); }")
    (diagnostic,) = error.diagnostics
    assert [note.line for note in diagnostic.notes] == [3]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("kernel void f(device float *x) { threadgroup float *y = x; }", ["device float *", "threadgroup float *"]),
        ("kernel void f(device float4 *x) { float3 y = x[0]; }", ["'float3'", "float4"]),
        ("kernel void f(constant float *x) { x[0] = 1; }", ["const"]),
        ("kernel void f(device float *x) { device int *y = x; }", ["device int *", "device float *"]),
        ("kernel void f(device packed_float3 *x) { int y = x[0]; }", ["packed_float3"]),
        ("kernel void f(device float *x) { bfloat b = 1.0h; }", ["bfloat"]),
        ("kernel void f(device float *x) { x[0] = float4x4(1.0); }", ["float4x4"]),
    ],
)
def test_types_are_msl_types(device: pm.Device, source: str, words: list[str]) -> None:
    text = str(fail(device, source))
    for word in words:
        assert word in text, text


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("kernel int f(device int *x) { return 1; }", "kernel 'f' must return void"),
        ("kernel void f(device int *x, int y) {}", "parameter 'y' needs an attribute"),
        ("kernel void f(thread int *x) {}", "parameter 'x' must point to device, constant or threadgroup memory"),
        ("kernel void f(device int *x, float i [[thread_position_in_grid]]) {}", "must be ushort, uint, or a vector of two or three of these ('float')"),
        ("kernel void f(device int *x [[buffer(40)]]) {}", "index of attribute 'buffer' must be below 32"),
        ("kernel void f(device int *x [[buffer(-1)]]) {}", "needs one non-negative integer constant"),
        ("int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }\nkernel void k(device int *x) { x[0] = f(x[1]); }",
         "function 'f' calls itself"),
        ("kernel void f(device int *x [[buffer(1)]], device int *y [[buffer(1)]]) {}", "buffer index 1"),
        ("#error wrong", "wrong"),
        ('#include "absent.h"', "'absent.h' file not found"),
        ("kernel void f(device int *x) { if (", "expected"),
        ("constant Texture x [[function_constant(0)]];", "unknown type name 'Texture'"),
        ("struct S { int a; }; constant S s [[function_constant(0)]];", "scalar or a vector"),
    ],
)  # fmt: skip
def test_messages(device: pm.Device, source: str, message: str) -> None:
    assert message in str(fail(device, source))


def test_warnings_do_not_fail_and_stay_readable(device: pm.Device) -> None:
    library = device.new_library_with_source("#warning careful\nkernel void f(device int *x) {}")
    (warning,) = library.warnings
    assert (warning.severity, warning.message, warning.line) == ("warning", "careful", 1)


def test_file_names_in_messages(device: pm.Device, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "inner.h").write_text("int broken( {\n")
    path = tmp_path / "outer.metal"
    path.write_text('// first line\n#include "inner.h"\n')
    with pytest.raises(pm.CompileError) as caught:
        device.new_library_with_file(path)
    assert any(d.file.endswith("inner.h") and d.line == 1 for d in caught.value.diagnostics)


@pytest.mark.parametrize(
    "source",
    ["", "\0", "{" * 5000, "(" * 100_000, "template <", "[[", "[[kernel", "kernel", "threadgroup", "constant constant",
     "kernel void f(", "#pragma", "template [[host_name(", "kernel void f() { threadgroup float", "/*", '"', "é = 1;",
     "kernel void f() { threadgroup int x[; }", "#line 5 \"x\"\nint a b;", "template<int N> struct A : A<N+1> {}; A<0> a;",
     "struct S { S s; };", "constexpr int f(int n) { return f(n + 1); } constant int x = f(0);",
     "kernel void f() { threadgroup int x = y; }", "kernel void f() { threadgroup = 0) g(&x, ); }",
     "kernel void f() { threadgroup int x, alignas(4; }", "kernel void f() { thread int *p(1, 2); }",
     "#include <metal_stdlib>\nusing namespace metal;\nconstant int x = " + "as_type<uint2" * 300 + ">(y);",
     "int *x [[buffer(0[[ using y"],
    ids=range(28),
)  # fmt: skip
def test_no_source_ends_the_process(device: pm.Device, source: str) -> None:
    try:
        device.new_library_with_source(source)
    except pm.CompileError as error:
        assert error.diagnostics
        assert "crashes" not in str(error)


MACROS = "#define A0 0\n" + "".join(f"#define A{i + 1} A{i},A{i}\n" for i in range(40))
TREE = """template <int N, long M> struct S { static constexpr long v = S<N - 1, 2 * M>::v + S<N - 1, 2 * M + 1>::v; };
template <long M> struct S<0, M> { static constexpr long v = M; };
kernel void k(device long *x) { x[0] = S<40, 1>::v; }"""


HANDED_ON = "the macros of the program hand more than 8388608 tokens to each other"
CALLS = "#define A0(x) x x\n" + "".join(f"#define A{i + 1}(x) A{i}(A{i}(x))\n" for i in range(40))
ARGUMENTS = "#define A0(...)\n" + "".join(f"#define A{i + 1}(...) A{i}(__VA_ARGS__,__VA_ARGS__)\n" for i in range(60))
STRING = MACROS + "#define STR(...) #__VA_ARGS__\n#define STRING(x) STR(x)\n"
QUOTES = '#define STR(x) #x\n#define QUOTE(x) STR(x)\n#define A0 "\\\\"\n' + "".join(
    f"#define A{i + 1} QUOTE(A{i})\n" for i in range(60)
)
NAME = "#define JOIN(a, b) a##b\n#define PASTE(a, b) JOIN(a, b)\n#define A0 x\n" + "".join(
    f"#define A{i + 1} PASTE(A{i}, A{i})\n" for i in range(60)
)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (";" * 9_000_000, "the program has more than 8388608 tokens"),
        (MACROS + "constant int x[] = {A40};", HANDED_ON),
        (CALLS + "constant int x = A40(1);", HANDED_ON),
        (ARGUMENTS + "A60(1)", HANDED_ON),
        (STRING + "constant char x[] = STRING(A40);", HANDED_ON),
        (QUOTES + "constant char x[] = A60;", HANDED_ON),
        (NAME + "constant int A50 = 0;", HANDED_ON),
        (MACROS.replace(",", "+") + "#if A40\n#endif\n" * 100, HANDED_ON),
        (TREE, "the program instantiates more templates than the compiler can hold (500000)"),
    ],
    ids=["tokens", "macros", "calls", "arguments", "string", "quotes", "name", "conditions", "templates"],
)  # fmt: skip
def test_no_source_takes_all_memory(device: pm.Device, source: str, message: str) -> None:
    error = fail(device, source)
    assert error.diagnostics[0].message == message


PAIRS = "template <class A, class B> struct P {};\ntypedef int T0;\n" + "".join(
    f"typedef P<T{i}, T{i}> T{i + 1};\n" for i in range(40)
)
LARGE_TYPE = "a type made of 'P' has a name of more than 100000 parts"
SEQUENCE = "template <class T, T... I> struct Sequence {};\n"


@pytest.mark.parametrize("defers", [False, True])
@pytest.mark.parametrize(
    ("source", "message"),
    [
        (PAIRS + "template <class T> void g(T t) {} kernel void k(device int *x) { T40 t; g(t); }", LARGE_TYPE),
        (PAIRS + "template <class T> void g(T t) {} kernel void k(device int *x) { thread T40 *t = 0; g(t); }", LARGE_TYPE),
        (PAIRS + "kernel void k(device int *x) { T40 t; x[0] = t; }", LARGE_TYPE),
        (SEQUENCE + "kernel void k(device int *x) { __make_integer_seq<Sequence, int, 2000000000> s; }", "65536 elements at most"),
        ("#include <metal_stdlib>\nkernel void k(device int *x) { metal::make_index_sequence<65537> s; }", "65536 elements at most"),
        ("constant int a[500000000] = {1}; kernel void k(device int *x) { x[0] = a[x[1]]; }",
         "the variables of the program take more than 67108864 bytes, 'a' alone 2000000000"),
        ("constant char a[0x7fffffffffff] = {1}; kernel void k(device int *x) { x[0] = a[x[1]]; }",
         "the variables of the program take more than 67108864 bytes, 'a' alone 140737488355327"),
        ("constant int a[] = {[1000000000] = 1};", "the compiler takes more than 4096 MiB of memory for this source"),
    ],
    ids=["argument", "pointer", "message", "sequence", "library_sequence", "variable", "huge_variable", "initializer"],
)  # fmt: skip
def test_types_and_variables_have_limits(device: pm.Device, source: str, message: str, defers: bool) -> None:
    with pytest.raises(pm.CompileError) as caught:
        device.new_library_with_source(source, pm.CompileOptions(defer_instantiations=defers))
    assert message in caught.value.diagnostics[0].message


def test_types_and_variables_may_be_large(device: pm.Device) -> None:
    source = f"""#include <metal_stdlib>
{SEQUENCE}template <class T, T... I> int sum(Sequence<T, I...>) {{ return sizeof...(I); }}
constant int table[4 << 20] = {{1, 2, 3}};
kernel void k(device int *x) {{
  x[0] = sum(__make_integer_seq<Sequence, int, 10000>()) + table[x[1]];
  x[1] = metal::make_index_sequence<65536>::size();
}}"""
    assert device.new_library_with_source(source).function_names == ["k"]


def test_kernels_have_a_limit_with_all_that_they_call(device: pm.Device) -> None:
    calls = "int f0(int x) { return x * 3 + 1; }\n" + "".join(
        f"int f{i + 1}(int x) {{ return f{i}(x ^ {i}) + f{i}(x * {i}); }}\n" for i in range(40)
    )
    kernels = (
        "kernel void small(device int *x) { x[0] = f3(x[1]); }\nkernel void large(device int *x) { x[0] = f40(x[1]); }"
    )
    library = device.new_library_with_source(calls + kernels)
    device.new_compute_pipeline_state(library.new_function("small"))
    message = r"Function 'large' has more instructions than a kernel may have \(\d{13,} of at most 200000\)"
    with pytest.raises(pm.PipelineError, match=message):
        device.new_compute_pipeline_state(library.new_function("large"))


def test_alignments_of_variables_have_a_limit(device: pm.Device) -> None:
    source = "struct alignas({}) S {{ int x; }};\nkernel void k(device int *x) {{ S s[4]; x[0] = (ulong)&s; }}"
    small = device.new_library_with_source(source.format(4096))
    device.new_compute_pipeline_state(small.new_function("k"))
    large = device.new_library_with_source(source.format(1 << 28))
    with pytest.raises(pm.PipelineError, match=r"aligned to more bytes \(268435456\) than a variable may be \(65536\)"):
        device.new_compute_pipeline_state(large.new_function("k"))


@pytest.mark.parametrize("attribute", ["ext_vector_type(1000000)", "vector_size(4000000)"])
def test_lengths_of_vectors_have_a_limit(device: pm.Device, attribute: str) -> None:
    source = f"typedef float V __attribute__(({attribute}));\nkernel void k(device V *x) {{ x[0] = x[1] + x[2]; }}"
    function = device.new_library_with_source(source).new_function("k")
    with pytest.raises(pm.PipelineError, match=r"a vector of more elements \(1000000\) than a variable may be \(256\)"):
        device.new_compute_pipeline_state(function)


def test_a_template_counts_once_however_often_it_is_used(device: pm.Device) -> None:
    uses = "#define A0 sizeof(float4)" + ",sizeof(float4)" * 15 + "\n"
    uses += "".join(f"#define A{i + 1} A{i}" + f",A{i}" * 15 + "\n" for i in range(4))
    source = f"""#include <metal_stdlib>
using namespace metal;
{uses}constant char sizes[] = {{A4}};
kernel void f(device int *x) {{ x[0] = sizes[x[0]]; }}"""
    assert device.new_library_with_source(source).function_names == ["f"]


def test_files_that_include_each_other_end(device: pm.Device, tmp_path) -> None:  # type: ignore[no-untyped-def]
    twice = '#include "many.h"\n' * 2
    levels = "".join(f"#elif !defined(LEVEL{i})\n#define LEVEL{i}\n{twice}#undef LEVEL{i}\n" for i in range(40))
    (tmp_path / "many.h").write_text("#if 0\n" + levels + "#endif\n")
    path = tmp_path / "program.metal"
    path.write_text('#include "many.h"\n')
    with pytest.raises(pm.CompileError) as caught:
        device.new_library_with_file(path)
    assert caught.value.diagnostics[0].message == "the program includes more than 20000 files"


def test_compile_options(device: pm.Device) -> None:
    source = "kernel void f(device int *x) { x[0] = VALUE NAME; }"
    options = pm.CompileOptions(preprocessor_macros={"VALUE": "1 + 1", "NAME": ""})
    assert device.new_library_with_source(source, options).function_names == ["f"]
    with pytest.raises(pm.CompileError, match="VALUE"):
        device.new_library_with_source(source)
    versions = 'static_assert(__METAL_VERSION__ == EXPECTED, ""); kernel void f(device int *x) {}'
    for version, expected in ((pm.LanguageVersion.Version2_4, "240"), (pm.LanguageVersion.Version3_1, "310")):
        options = pm.CompileOptions(preprocessor_macros={"EXPECTED": expected}, language_version=version)
        device.new_library_with_source(versions, options)
    device.new_library_with_source(source, pm.CompileOptions({"VALUE": "3", "NAME": ""}, pm.MathMode.Safe))


@pytest.mark.parametrize("header", ["math.h", "stdio.h", "stdlib.h", "stdint.h", "sys/types.h"])
def test_headers_of_the_host_are_not_found(device: pm.Device, header: str) -> None:
    with pytest.raises(pm.CompileError, match=f"'{header}' file not found"):
        device.new_library_with_source(f"#include <{header}>\n")
