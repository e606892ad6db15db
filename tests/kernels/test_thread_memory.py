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
    "references without an address space": """
        void by_reference(thread float &x) { x += 2; }
        void by_plain_reference(float &x) { by_reference(x); }
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
