"""Members, which are reached by way of `this`, as what `thread` references and pointers lead to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Array = np.ndarray[Any, Any]
Run = Callable[..., list[Array]]

USES = {
    "functions": """
        void by_reference(thread float &x) { x += 1; }
        void by_pointer(thread float *x) { x[1] += 2; }
        struct S { float v[2]; void go() { by_reference(v[0]); by_pointer(v); by_pointer(&v[0] - 1); } };""",
    "methods return them": """
        struct S { float v[2]; thread float &at(int i) { return v[i]; } thread float *all() { return v; }
                   void go() { at(0) += 3; all()[1] += 2; } };""",
    "templates": """
        template <class T> void by_reference(thread T &x) { x += T(1); }
        template <class T, int N> void by_array(thread T (&x)[N]) { x[N - 1] += T(N); }
        template <class T> void by_pointer(thread T *x) { *x += T(2); }
        struct S { float v[2]; void go() { by_reference(v[0]); by_array(v); by_pointer(v); } };""",
    "variables": """
        struct S { float v[2];
          void go() { thread float &a = v[0]; thread auto &b = v[1]; thread auto *c = &v[1]; thread float *d = v;
                      a += 1; b += 1; *c += 1; d[0] += 2; } };""",
    "this": """
        struct S;
        void by_reference(thread S &s);
        void by_pointer(thread S *s);
        struct S { float v[2]; void own() thread { v[0] += 1; } void go() { by_reference(*this); by_pointer(this); own(); } };
        void by_reference(thread S &s) { s.v[0] += 2; }
        void by_pointer(thread S *s) { s->v[1] += 2; }""",
    "references in templates": """
        void by_reference(thread float &x) { x += 2; }
        template <class T> void by_plain_reference(T &x) { by_reference(x); }
        struct S { float v[2]; void go() { by_plain_reference(v[0]); by_plain_reference(v[1]); v[0] += 1; } };""",
    "members of members": """
        struct Pair { float2 v; thread float2 &get() { return v; } };
        struct S { Pair pair; float v[2];
          void go() { pair.v = float2(v[0], v[1]); thread auto &x = pair.get(); x += float2(3, 2); v[0] = x[0]; v[1] = x.y; } };""",
    "operators": """
        struct C { float a; };
        thread C &operator+=(thread C &x, C y) { x.a += y.a; return x; }
        namespace other { struct D { float a; }; thread D &operator*=(thread D &x, float y) { x.a *= y; return x; } }
        struct S { C c; other::D d; float v[2];
          void go() { c.a = v[0]; d.a = v[1]; c += C{3}; d *= 1.1f; v[0] = c.a; v[1] = d.a; } };""",
    "constant methods": """
        float sum(const thread float *x) { return x[0] + x[1]; }
        struct S { float v[2]; float total() const { const thread float &a = v[0]; const thread auto &b = v[1];
                                                     return sum(v) + a + b; }
                   void go() { v[0] = total() / 2 - 2; v[0] -= v[1] - 5; v[1] += 2; } };""",
}


@pytest.mark.parametrize("use", USES)
def test_members_are_in_the_thread_address_space(run: Run, use: str) -> None:
    source = USES[use] + "kernel void k(device float2 *io) { S s; s.v[0] = io[0].x; s.v[1] = io[0].y; s.go();"
    (out,) = run(source + "io[0] = float2(s.v[0], s.v[1]); }", np.array([10, 20], np.float32), grid=(1,), group=(1,))
    assert out.tolist() == [13, 22]


@pytest.mark.parametrize("template", ["", "template <class T> "])
def test_overloads_by_address_space(run: Run, template: str) -> None:
    kind = "T" if template else "float"
    overloads = "".join(
        f"{template}int f({space} {kind} &x) {{ return {number}; }}"
        for number, space in enumerate(["thread", "device", "threadgroup"], 1)
    )
    source = f"""{overloads}
        struct S {{ float v; int go() {{ return f(v); }} }};
        kernel void k(device float *out) {{
          threadgroup float shared;
          float local = 0; S s; s.v = 0;
          out[0] = f(local); out[1] = f(out[0]); out[2] = f(shared); out[3] = s.go(); }}"""
    (out,) = run(source, np.zeros(4, np.float32), grid=(1,), group=(1,))
    assert out.tolist() == [1, 2, 3, 1]


def test_elements_of_a_simdgroup_matrix_member(run: Run) -> None:
    source = """struct Tile {
          simdgroup_float8x8 parts[2];
          template <class F> void apply(F f) {
            for (int i = 0; i < 2; ++i) { thread auto &e = parts[i].thread_elements(); e[0] = f(e[0]); e[1] = f(e[1]); } } };
        kernel void k(device float *io) {
          Tile t;
          for (int i = 0; i < 2; ++i) simdgroup_load(t.parts[i], io + 64 * i);
          t.apply([](float x) { return x * 2 + 1; });
          for (int i = 0; i < 2; ++i) simdgroup_store(t.parts[i], io + 64 * i); }"""
    values = np.arange(128, dtype=np.float32)
    (out,) = run(source, values, grid=(32,), group=(32,))
    np.testing.assert_array_equal(out, np.arange(128) * 2 + 1)


@pytest.mark.parametrize("space", ["device", "threadgroup"])
def test_members_are_in_no_other_address_space(make_pipeline: Callable[..., Any], space: str) -> None:
    source = f"void f({space} float &x) {{ x = 1; }} struct S {{ float v; void go() {{ f(v); }} }};"
    with pytest.raises(pm.CompileError, match="no matching function for call to 'f'"):
        make_pipeline(source + "kernel void k(device float *out) { S s; s.go(); }")


OPERATORS = """struct Counter {
      int x;
      thread Counter &operator++() thread { ++x; return *this; }
      int operator++(int) thread { return x++; }
      thread Counter &operator+=(int y) thread { x += y; return *this; }
      thread Counter &operator=(int y) thread { x = y; return *this; }
      int operator()(int y) thread { return x * y; }
      int operator[](int i) const thread { return x + i; }
      thread int *operator->() thread { return &x; }
      int operator*() thread { return x; }
      int operator-() const thread { return -x; }
    };
    struct Free { int x; };
    thread Free &operator--(thread Free &a) { a.x -= 1; return a; }
    int operator+(thread Free &a, thread Free &b) { return a.x + b.x; }
    device Free &operator--(device Free &a) { a.x -= 100; return a; }"""


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("++c; return c.x", 11),
        ("return c++ + c.x", 21),
        ("c += 5; return c.x", 15),
        ("c = 3; return c.x", 3),
        ("return c(7)", 70),
        ("return c[4]", 14),
        ("*(c.operator->()) = 6; return c.x", 6),
        ("return *c + -c", 0),
        ("--f; return f.x", 19),
        ("return f + f", 40),
        ("return f + g", 50),
    ],
)
def test_operators_on_members(run: Run, operation: str, expected: int) -> None:
    source = f"""{OPERATORS}
        struct Holder {{ Counter c; Free f, g; int go() {{ {operation}; }} }};
        kernel void k(device int *out) {{ Holder h{{{{10}}, {{20}}, {{30}}}}; out[0] = h.go(); }}"""
    assert run(source, np.zeros(1, np.int32), grid=(1,), group=(1,))[0].tolist() == [expected]


def test_operators_on_objects_in_other_memory(run: Run) -> None:
    source = f"""{OPERATORS}
        struct Pair {{ int2 v; float2 f; }};
        kernel void k(device Free *a, device Pair *p) {{
          --a[0];
          threadgroup Pair t; t.v = int2(1); t.f = float2(1);
          ++t.v; t.v.y++; t.f *= 2.0f; t.v.xy += 10;
          p->v++; ++p->v; p->f += 1.0f; p->v.x--; p[1].v = t.v; p[1].f = t.f;
        }}"""
    numbers, pairs = run(source, np.array([5], np.int32), np.zeros(8, np.int32), grid=(1,), group=(1,))
    assert numbers.tolist() == [-95]
    assert pairs[[0, 1, 4, 5]].tolist() == [1, 2, 12, 13]
    assert pairs[[2, 3, 6, 7]].view(np.float32).tolist() == [1, 1, 2, 2]


def test_thread_methods_of_temporaries(run: Run) -> None:
    source = """struct Pair {
          int a, b;
          Pair(int x) : a(x), b(x + 1) {}
          int sum() const thread { return a + b; }
          int product() thread { return a * b; }
        };
        Pair make(int x) { return Pair(x); }
        template <class D> struct Base { int twice() const { return static_cast<thread const D *>(this)->one() * 2; } };
        struct Derived : Base<Derived> { int x; int one() const { return x; } };
        kernel void k(device int *out) {
          Derived d; d.x = 21;
          out[0] = Pair(3).sum(); out[1] = make(4).sum() + make(1).product(); out[2] = d.twice(); }"""
    assert run(source, np.zeros(3, np.int32), grid=(1,), group=(1,))[0].tolist() == [7, 11, 42]
