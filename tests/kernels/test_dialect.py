"""Where MSL allows what C++ for OpenCL does not: short initialiser lists, casts of references, coherent memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Run = Callable[..., list[Any]]


def test_short_initialiser_lists_fill_up_with_zeros(run: Run) -> None:
    source = """kernel void k(device uint *out [[buffer(0)]]) {
      uint4 three = {out[0], out[0] + 1u, out[0] + 2u}, two = {5u, 6u};
      uint3 pair = {7u, 8u};
      float4 halves = {float2(1, 2), float2(3, 4)};
      for (int i = 0; i < 4; ++i) { out[i] = three[i]; out[4 + i] = two[i]; out[12 + i] = uint(halves[i]); }
      for (int i = 0; i < 3; ++i) out[8 + i] = pair[i];
    }"""
    (out,) = run(source, np.full(16, 1, np.uint32), grid=[1], group=[1])
    assert out.tolist() == [1, 2, 3, 0, 5, 6, 0, 0, 7, 8, 0, 1, 1, 2, 3, 4]


@pytest.mark.parametrize("expression", ["float4(1, 2, 3)", "float4(1.0f, x[0])", "float3(1, 2)", "uint4(1u, 2u)"])
def test_calls_of_constructors_need_every_component(device: pm.Device, expression: str) -> None:
    with pytest.raises(pm.CompileError, match="no matching constructor for initialization of"):
        device.new_library_with_source(
            f"#include <metal_stdlib>\nusing namespace metal;\n"
            f"kernel void k(device float *x) {{ x[0] = float({expression}[0]); }}"
        )


def test_pointers_move_by_values_of_classes(run: Run) -> None:
    source = """template <int n> struct Step { constexpr operator int() const { return n; } };
    kernel void k(device uint *out [[buffer(0)]]) {
      device uint *p = out;
      p += Step<3>();
      *p = 1;
      p -= Step<2>();
      *p = 2;
      *(p + Step<4>()) = 3;
    }"""
    (out,) = run(source, np.zeros(6, np.uint32), grid=[1], group=[1])
    assert out.tolist() == [0, 2, 0, 1, 0, 3]


def test_swizzles_are_operands_in_templates(run: Run) -> None:
    # Operators of a program's own make Clang look for operators when the template is defined.
    source = """enum class Mode : uint { None };
    Mode operator~(Mode mode) { return mode; }
    Mode operator-(Mode mode) { return mode; }
    Mode operator|(Mode a, Mode) { return a; }
    template <class T> T combine(T a) { return T(a.xxyy | a.yxyx); }
    template <class T> T turn(T a) { return ~a.wzyx + (-a.xyzw & a.yyww); }
    template <class T> T assign(T a) { a.xy |= a.zw; a.z |= a.x | a.w; a.yx = a.xy; return a; }
    template <class T> bool4 compare(T a) { return !(a.xyzw == a.xyxy); }
    kernel void k(device int4 *out [[buffer(0)]]) {
      const int4 v = out[0];
      out[0] = combine(v);
      out[1] = turn(v);
      out[2] = assign(v);
      out[3] = int4(compare(v));
    }"""
    (out,) = run(source, np.tile(np.array([1, 2, 4, 12], np.int32), 4), grid=[1], group=[1])
    assert out.tolist() == [
        *(1 | 2, 1 | 1, 2 | 2, 2 | 1),
        *(~12 + (-1 & 2), ~4 + (-2 & 2), ~2 + (-4 & 12), ~1 + (-12 & 12)),
        *(14, 5, 13, 12),
        *(0, 0, 1, 1),
    ]


def test_reinterpret_cast_to_thread(run: Run) -> None:
    source = """struct Held {
      float2 pair;
      void set(uint2 bits) { reinterpret_cast<thread uint2 &>(pair) = bits; }
      uint first() { return *reinterpret_cast<thread uint *>(&pair); }
    };
    kernel void k(device uint *out [[buffer(0)]]) {
      Held held;
      held.set(uint2(7, 9));
      float2 local;
      reinterpret_cast<thread uint2 &>(local) = uint2(3, 4);
      out[0] = held.first();
      out[1] = as_type<uint2>(held.pair).y;
      out[2] = as_type<uint2>(local).x;
    }"""
    (out,) = run(source, np.zeros(3, np.uint32), grid=[1], group=[1])
    assert out.tolist() == [7, 9, 3]


def test_coherent_memory(run: Run) -> None:
    source = """kernel void k(volatile coherent(system) device uint *a [[buffer(0)]],
                              coherent device uint *b [[buffer(1)]], uint i [[thread_position_in_grid]]) {
      b[i] = a[i] + 1;
      a[i] = 0;
    }"""
    a, b = run(source, np.arange(8, dtype=np.uint32), np.zeros(8, np.uint32), grid=[8], group=[8])
    assert a.tolist() == [0] * 8
    assert b.tolist() == list(range(1, 9))


def test_string_literals_are_constant_pointers(run: Run) -> None:
    source = """struct Named {
      constexpr Named(constant char *n) constant : name(n) {}
      constant char *name;
    };
    constant Named named("ab" "cd");
    static_assert(sizeof(int) == 4, "a message stays a message");
    uint length(constant char *text) { uint n = 0; while (text[n] != 0) ++n; return n; }
    [[deprecated("as does an attribute")]] void old() {}
    kernel void k(device uint *out [[buffer(0)]]) {
      const char local[] = "array";
      constant char *text = "";
      out[0] = length("four");
      out[1] = "xyz"[1];
      out[2] = length(text);
      out[3] = sizeof(local);
      out[4] = length("\\n\\xff\\t");
      out[5] = length(named.name);
    }"""
    (out,) = run(source, np.full(6, 99, np.uint32), grid=[1], group=[1])
    assert out.tolist() == [4, ord("y"), 0, 6, 3, 4]


def test_aliases_of_function_pointers_are_template_parameters(run: Run) -> None:
    source = """template <typename T> using Step = void (*)(thread T &, T);
    template <typename T> void add(thread T &x, T y) { x += y; }
    template <typename T> void multiply(thread T &x, T y) { x *= y; }
    template <typename T, Step<T> step> T twice(T x, T y) { step(x, y); step(x, y); return x; }
    kernel void k(device uint *out [[buffer(0)]]) {
      out[0] = twice<uint, add<uint>>(5, 3);
      out[1] = twice<uint, multiply<uint>>(5, 3);
    }"""
    (out,) = run(source, np.zeros(2, np.uint32), grid=[1], group=[1])
    assert out.tolist() == [11, 45]


def test_bit_fields(run: Callable[..., list[Any]]) -> None:
    source = """struct Word { uint low : 4; uint middle : 12; int high : 16; };
    kernel void k(device Word *words, device int *out, uint i [[thread_position_in_grid]]) {
      Word w = words[i];
      w.low += 15; w.middle++; w.high = -int(i) - 5;
      out[i * 3] = w.low; out[i * 3 + 1] = w.middle; out[i * 3 + 2] = w.high;
      words[i].middle = i; }"""
    words = np.array([0xABCD_1230, 0x0001_FFFF], np.uint32)
    after, out = run(source, words, np.zeros(6, np.int32), grid=(2,), group=(2,))
    assert out.tolist() == [15, 0x124, -5, 14, 0, -6]
    assert after.tolist() == [0xABCD_0000, 0x0001_001F]


def test_pointers_to_functions(run: Callable[..., list[Any]]) -> None:
    source = """typedef float (*Step)(float);
    float add(float x) { return x + 1; }
    [[visible]] float twice(float x) { return x * 2; }
    float seven(float) { return 7; }
    constant Step table[2] = {add, twice};
    float apply(Step step, float x) { return step(x); }
    kernel void k(device float *out, uint i [[thread_position_in_grid]]) {
      float x = out[i];
      Step steps[3] = {add, twice, seven};
      out[i] = table[i & 1](x) + apply(i > 3 ? twice : add, x) + steps[i % 3](x); }"""
    x = np.arange(64, dtype=np.float32)
    (out,) = run(source, x, grid=(64,), group=(64,))
    i = np.arange(64)
    expected = np.where(i & 1, x * 2, x + 1) + np.where(i > 3, x * 2, x + 1)
    np.testing.assert_array_equal(out, expected + np.choose(i % 3, [x + 1, x * 2, np.full(64, 7)]))


def test_literals_of_bfloat(run: Callable[..., list[Any]]) -> None:
    source = """template <class T> bool is_bfloat(T) { return is_same_v<T, bfloat>; }
    constant bfloat table[2] = {1.5bf, -.5BF};
    kernel void k(device float *out) { out[0] = 1.00390625bf; out[1] = is_bfloat(2.bf); out[2] = table[0] + table[1]; }"""
    assert run(source, np.zeros(3, np.float32), grid=(1,), group=(1,))[0].tolist() == [1, 1, 1]


CONTRACTION = {
    # where, the pragma, the mode of the library: whether a * b is fused across statements, and within one
    "fast": ("", "", pm.MathMode.Fast, [True, True]),
    "safe": ("", "", pm.MathMode.Safe, [False, True]),
    "off in a file": ("#pragma METAL fp contract(off)\n", "", pm.MathMode.Fast, [False, False]),
    "off in a body": ("", "#pragma METAL fp contract(off)\n", pm.MathMode.Fast, [False, False]),
    "on": ("", "#pragma METAL fp contract(on)\n", pm.MathMode.Fast, [False, True]),
    "fast in safe": ("", "#pragma METAL fp contract(fast)\n", pm.MathMode.Safe, [True, True]),
    "mode safe": ("#pragma METAL fp math_mode(safe)\n", "", pm.MathMode.Fast, [False, True]),
    "mode relaxed": ("", "#pragma METAL fp math_mode(relaxed)\n", pm.MathMode.Safe, [True, True]),
    "macro": ('#define OFF _Pragma("METAL fp contract(off)")\n', "OFF\n", pm.MathMode.Fast, [False, False]),
    "C": ("", "#pragma STDC FP_CONTRACT OFF\n", pm.MathMode.Fast, [False, False]),
}


@pytest.mark.parametrize("name", CONTRACTION)
def test_pragmas_of_contraction(device: pm.Device, queue: pm.CommandQueue, executor: str, name: str) -> None:
    before, inside, mode, expected = CONTRACTION[name]
    source = f"""{before}kernel void k(device const float *a, device float *out) {{
      {inside}float product = a[0] * a[0];
      out[0] = product - a[1];
      out[1] = a[0] * a[0] - a[1]; }}"""
    library = device.new_library_with_source(source, pm.CompileOptions(math_mode=mode))
    given = device.new_buffer_with_data(np.array([1 + 2**-12, 1 + 2**-11], np.float32))
    out = device.new_buffer(8)
    commands = queue.command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(device.new_compute_pipeline_state(library.new_function("k")))
    encoder.set_buffer(given, 0, 0)
    encoder.set_buffer(out, 0, 1)
    encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    # Rounded, the product is what is taken from it; fused, the rest of it shows. Nothing must be fused.
    fused = (np.frombuffer(out.contents(), np.float32) != 0).tolist()
    assert fused == expected if executor == "simd" else not any(np.greater(fused, expected))


def test_pragmas_that_are_not_known(device: pm.Device) -> None:
    source = (
        "#pragma METAL fp contract(maybe)\n#pragma METAL internals : enable\nkernel void k(device int *x) { x[0] = 1; }"
    )
    library = device.new_library_with_source(source)
    assert [w.message for w in library.warnings] == [
        "'#pragma METAL fp' takes contract(off | on | fast) or math_mode(safe | relaxed | fast); it is passed over"
    ]
