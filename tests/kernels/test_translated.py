"""MSL as translators of other languages write it: overloads per address space, volatile structs, initialiser lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Run = Callable[..., list[Any]]
HEADERS = Path(__file__).parent.parent.parent / "src" / "stdlib"


def test_members_for_each_address_space_of_their_argument(run: Run) -> None:
    source = """template <typename T, int N> struct Stored {
      T values[N];
      Stored() thread = default;
      Stored(const thread metal::array<T, N> &a) thread { for (int i = 0; i < N; ++i) values[i] = a[i]; }
      Stored(const constant metal::array<T, N> &a) thread { for (int i = 0; i < N; ++i) values[i] = 10 * a[i]; }
      Stored(const device metal::array<T, N> &a) thread { for (int i = 0; i < N; ++i) values[i] = 100 * a[i]; }
      Stored(const threadgroup metal::array<T, N> &a) thread { for (int i = 0; i < N; ++i) values[i] = 1000 * a[i]; }
      Stored(const thread Stored &other) thread = default;
      Stored(const constant Stored &other) thread = default;
      Stored(const device Stored &other) thread = default;
      thread Stored &operator=(const thread Stored &other) thread = default;
      thread Stored &operator=(const constant Stored &other) thread = default;
      thread Stored &operator=(const device Stored &other) thread = default;
      T sum() const thread { T s = 0; for (int i = 0; i < N; ++i) s += values[i]; return s; }
    };
    typedef Stored<int, 2> Pair;
    kernel void k(device int *out [[buffer(0)]], constant metal::array<int, 2> &c [[buffer(1)]],
                  device metal::array<int, 2> &d [[buffer(2)]], constant Pair &pair [[buffer(3)]]) {
      threadgroup metal::array<int, 2> g;
      g[0] = 1; g[1] = 2;
      metal::array<int, 2> t = {{3, 4}};
      Pair from_thread(t), from_constant(c), from_device(d), from_threadgroup(g), copy = pair;
      out[0] = from_thread.sum();
      out[1] = from_constant.sum();
      out[2] = from_device.sum();
      out[3] = from_threadgroup.sum();
      out[4] = copy.sum();
      copy = Pair(t);
      out[5] = copy.sum();
      copy = pair;
      out[6] = copy.sum();
    }"""
    pair = np.array([1, 2], np.int32)
    out = run(source, np.zeros(7, np.int32), pair, pair, np.array([5, 6], np.int32), grid=[1], group=[1])[0]
    assert out.tolist() == [7, 30, 300, 3000, 11, 7, 11]


def test_volatile_structs_of_vectors(run: Run) -> None:
    source = """struct Block { float4 value; packed_float3 tight; uint2 pair; };
    kernel void k(volatile device Block &block [[buffer(0)]], device float *out [[buffer(1)]]) {
      float4 before = block.value;
      out[0] = before.x + block.value.w + float(block.pair.y);
      block.value = float4(20.0) + before;
      block.pair = uint2(8, 9);
      block.value.y = 7;
      Block copy;
      copy.value = block.value;
      out[1] = copy.value.x + copy.value.y;
    }"""
    memory = np.zeros(12, np.float32)
    memory[:4] = [1, 2, 3, 4]
    memory[8:10] = np.array([5, 6], np.uint32).view(np.float32)
    block, out = run(source, memory, np.zeros(2, np.float32), grid=[1], group=[1])
    assert block[:4].tolist() == [21, 7, 23, 24]
    assert block.view(np.uint32)[8:10].tolist() == [8, 9]
    assert out.tolist() == [11, 28]


def test_initializer_lists(run: Run) -> None:
    source = """struct Total {
      float value = 0;
      Total() thread = default;
      Total(initializer_list<float> list) thread { for (float x : list) value += x; }
      thread Total &operator=(initializer_list<float2> list) thread {
        value = 0;
        for (auto at = list.begin(); at != list.end(); ++at) value += at->x * at->y;
        return *this;
      }
    };
    float longest(initializer_list<float> list) { return float(list.size()); }
    kernel void k(device float *out) {
      Total total{1, 2, 3.5};
      out[0] = total.value;
      total = {float2(1, 2), float2(3, 4)};
      out[1] = total.value;
      out[2] = longest({1, 2, 3, 4, 5});
    }"""
    (out,) = run(source, np.zeros(3, np.float32), grid=[1], group=[1])
    assert out.tolist() == [6.5, 14, 5]


def test_sign_of_integers_is_for_the_program_to_define(run: Run) -> None:
    source = """template <typename T, typename = enable_if_t<is_integral<T>::value>> T sign(T x) {
      return select(select(select(x, T(0), x == T(0)), T(1), x > T(0)), T(-1), x < T(0));
    }
    kernel void k(device int *out, device float *real) {
      out[0] = sign(out[0]);
      out[1] = sign(out[1]);
      real[0] = sign(real[0]);
    }"""
    integers, real = run(source, np.array([-5, 7], np.int32), np.array([-2.5], np.float32), grid=[1], group=[1])
    assert integers.tolist() == [-1, 1]
    assert real.tolist() == [-1]


ABSENT = {
    "metal_raytracing",
    "metal_mesh",
    "metal_imageblocks",
    "metal_tensor",
    "metal_cooperative_tensor",
    "metal_tessellation",
    "metal_command_buffer",
    "metal_visible_function_table",
    "metal_graphics",
    "metal_interpolate",
}


def test_every_standard_header_is_there_or_says_that_it_is_not(device: pm.Device) -> None:
    names = {path.name for path in HEADERS.iterdir() if path.name.startswith("metal_")}
    assert names >= ABSENT
    includes = "".join(f"#include <{name}>\n" for name in sorted(names - ABSENT))
    device.new_library_with_source(f"{includes}kernel void k(device float *x) {{ assert(x[0] > 1); }}")
    for name in [*sorted(ABSENT), "MetalPerformancePrimitives/MetalPerformancePrimitives.h"]:
        with pytest.raises(pm.CompileError, match=rf"PyMetal has no .* yet: <{name}> cannot be included"):
            device.new_library_with_source(f"#include <{name}>\n")


@pytest.mark.parametrize("macro", ["RAYTRACING", "MESH", "IMAGEBLOCKS", "TENSOR", "TESSELLATION", "VISIBLE_FUNCTIONS"])
def test_macros_tell_what_is_absent(device: pm.Device, macro: str) -> None:
    device.new_library_with_source(f"#include <metal_stdlib>\n#ifdef __HAVE_{macro}__\n#error it is there\n#endif\n")
