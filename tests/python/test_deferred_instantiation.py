"""Libraries that leave their explicit instantiations for later: the same functions, and errors when one is asked for."""

from __future__ import annotations

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pymetal as pm
import pytest

PRELUDE = "#include <metal_stdlib>\nusing namespace metal;\n"

SOURCE = (
    PRELUDE
    + """
constant int shift [[function_constant(0)]];
constant bool has_extra [[function_constant(1)]];
constant int twice_shift = shift * 2;
constant float table[4] = {1, 2, 3, 4};

template <typename T> struct arguments { T offset; uint count; };
template <typename T> struct unused_by_bodies { T value[3]; };

template <typename T> T from_table(uint i) { return T(table[i & 3]); }
float plain_helper(float x) { return x + 1; }

namespace inner {
template <typename T, int N>
[[kernel, max_total_threads_per_threadgroup(64)]] void add(
    device T *x [[buffer(0)]], constant arguments<T> &a [[buffer(1)]],
    device const unused_by_bodies<T> *u [[buffer(2)]],
    device const T *extra [[buffer(3), function_constant(has_extra)]],
    threadgroup T *shared [[threadgroup(0)]], uint i [[thread_position_in_grid]]) {
  threadgroup T own[N];
  if (i < N) own[i] = x[i];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  T value = own[i % N] + a.offset + from_table<T>(i) + T(twice_shift);
  if (has_extra) value += extra[i];
  x[i] = T(plain_helper(float(value)));
}
}

#define INSTANTIATE(name, T, N) \\
  template [[host_name(name)]] [[kernel]] decltype(inner::add<T, N>) inner::add<T, N>;
INSTANTIATE("add_float", float, 32)
INSTANTIATE("add_half", half, 32)
typedef decltype(inner::add<int, 16>) add_t;
template [[host_name("add_int")]] kernel add_t inner::add<int, 16>;

kernel void plain(device float *x, uint i [[thread_position_in_grid]]) { x[i] = plain_helper(table[i & 3]); }

template <typename T> void store(device T *x, uint i) { x[i] = T(i) + from_table<T>(i); }
template <typename T> kernel void simple(device T *x, uint i [[thread_position_in_grid]]) { store(x, i); }
template [[host_name("simple_uint")]] kernel void simple<uint>(device uint *x, uint i);
"""
)
NAMES = ["add_float", "add_half", "add_int", "plain", "simple_uint"]
TYPES = {"add_float": np.float32, "add_half": np.float16, "add_int": np.int32}


def compile_source(source: str, *, deferred: bool) -> tuple[pm.Device, pm.Library]:
    device = pm.create_system_default_device()
    options = pm.CompileOptions(defer_instantiations=deferred)
    return device, device.new_library_with_source(source, options)


def constants(has_extra: bool) -> pm.FunctionConstantValues:
    values = pm.FunctionConstantValues()
    values.set_constant_value(5, pm.DataType.Int, 0)
    values.set_constant_value(has_extra, pm.DataType.Bool, 1)
    return values


def run(device: pm.Device, library: pm.Library, name: str, has_extra: bool) -> list[float]:
    dtype = TYPES.get(name, np.uint32 if name == "simple_uint" else np.float32)
    pipeline = device.new_compute_pipeline_state(library.new_function(name, constants(has_extra)))
    x = device.new_buffer_with_data(np.arange(32, dtype=dtype))
    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(pipeline)
    encoder.set_buffer(x, 0, 0)
    if name in TYPES:
        offset = np.array([100], dtype).tobytes()
        encoder.set_bytes(offset + bytes(-len(offset) % 4) + np.array([1], np.uint32).tobytes(), 1)
        for index in (2, 3):
            encoder.set_buffer(device.new_buffer_with_data(np.full(32, 7, dtype)), 0, index)
        encoder.set_threadgroup_memory_length(64, 0)
    encoder.dispatch_threads(32, 1, 1, 32, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    return list(np.frombuffer(x.contents(), dtype).astype(float))


def describe(device: pm.Device, library: pm.Library, name: str) -> object:
    """All that reflection says of a function."""
    function = library.new_function(name, constants(True))
    pipeline = device.new_compute_pipeline_state(function)
    dictionary = {
        key: (value.name, value.type, value.index, value.required)
        for key, value in function.function_constants_dictionary.items()
    }
    members = (
        "name", "type", "index", "access", "buffer_data_type", "buffer_data_size", "buffer_alignment", "is_used",
        "is_optional",
    )  # fmt: skip
    bindings = [
        [getattr(binding, member) for member in members if hasattr(binding, member)] + [repr(binding)]
        for binding in pipeline.reflection.bindings
    ]
    limits = (pipeline.max_total_threads_per_threadgroup, pipeline.static_threadgroup_memory_length)
    return function.function_type, dictionary, bindings, limits


@pytest.mark.parametrize("name", NAMES)
def test_functions_are_the_same_in_both_modes(name: str) -> None:
    device, eager = compile_source(SOURCE, deferred=False)
    _, deferred = compile_source(SOURCE, deferred=True)
    assert eager.function_names == deferred.function_names
    assert sorted(deferred.function_names) == NAMES
    assert describe(device, eager, name) == describe(device, deferred, name)
    for has_extra in (False, True):
        assert run(device, eager, name, has_extra) == run(device, deferred, name, has_extra)


def test_the_result_is_right() -> None:
    device, library = compile_source(SOURCE, deferred=True)
    for name in TYPES:
        x = np.arange(32) % (16 if name == "add_int" else 32)
        expected = x + 100 + np.array([1, 2, 3, 4] * 8) + 10 + 7 + 1
        assert run(device, library, name, True) == list(expected.astype(float))
    assert run(device, library, "simple_uint", True) == list(np.arange(32.0) + [1, 2, 3, 4] * 8)
    assert run(device, library, "plain", True) == [2, 3, 4, 5] * 8


WRONG = (
    PRELUDE
    + """
template <typename T> T member(T x) { return x.value; }
template <typename T> T absent(T x);
template <typename T> kernel void k(device T *x, uint i [[thread_position_in_grid]]) {
  static_assert(sizeof(T) != 8, "eight bytes");
  if constexpr (sizeof(T) == 2) x[i] = member(x[i]);
  if constexpr (sizeof(T) == 1) x[i] = absent(x[i]);
  x[i] += 1;
}
template [[host_name("fine")]] kernel void k<float>(device float *, uint);
template [[host_name("long")]] kernel void k<ulong>(device ulong *, uint);
template [[host_name("half")]] kernel void k<half>(device half *, uint);
template [[host_name("char")]] kernel void k<char>(device char *, uint);

template <typename T> T even(T x);
template <typename T> T odd(T x) { return x == 0 ? x : even(x - 1) * 2; }
template <typename T> T even(T x) { return x == 0 ? x + 1 : odd(x - 1) + 3; }
template <typename T> kernel void r(device T *x) { x[0] = even(x[0]); }
template [[host_name("recursion")]] kernel void r<int>(device int *);
"""
)


@pytest.mark.parametrize(
    ("name", "message", "line"),
    [
        ("long", "static assertion failed", 7),
        ("half", "member reference base type 'half' is not a structure or union", 4),
        ("char", "function 'absent' is called, and is defined nowhere in the library", 5),
        ("recursion", "calls itself by way of", 0),
    ],
)
def test_an_error_appears_when_the_function_is_asked_for(name: str, message: str, line: int) -> None:
    device, library = compile_source(WRONG, deferred=True)
    for _ in range(2):
        with pytest.raises(pm.CompileError) as caught:
            library.new_function(name)
        assert str(caught.value).startswith(f"Library compilation failed in function '{name}':\n")
        diagnostic = caught.value.diagnostics[0]
        assert message in diagnostic.message
        assert (diagnostic.file, diagnostic.severity) == ("program_source", "error")
        if line != 0:
            assert diagnostic.line == line
            assert diagnostic.source_line == WRONG.splitlines()[line - 1]
    device.new_compute_pipeline_state(library.new_function("fine"))


def test_the_same_errors_appear_at_once_without_the_option() -> None:
    with pytest.raises(pm.CompileError) as caught:
        compile_source(WRONG, deferred=False)
    assert str(caught.value).startswith("Library compilation failed:\n")
    assert any("eight bytes" in diagnostic.message for diagnostic in caught.value.diagnostics)


def test_what_is_wrong_outside_of_templates_is_no_secret() -> None:
    for text in (
        "kernel void f(device float *x) { x[0] = y; }",
        "template [[host_name(3)]] kernel void k<int>(device int *);",
    ):
        with pytest.raises(pm.CompileError):
            compile_source(WRONG + text, deferred=True)
    again = 'template [[host_name("fine")]] kernel void k<int>(device int *, uint);'
    with pytest.raises(pm.CompileError, match="the library already has a function named 'fine'"):
        compile_source(WRONG + again, deferred=True)


def test_warnings_join_those_of_the_library() -> None:
    source = (
        PRELUDE
        + """
#warning "of the file"
template <typename T> kernel void k(device T *x) { T unused = x[0]; }
template [[host_name("a")]] kernel void k<float>(device float *);
template [[host_name("b")]] kernel void k<int>(device int *);
"""
    )
    _, library = compile_source(source, deferred=True)
    assert [warning.message for warning in library.warnings] == ['"of the file"']
    library.new_function("b")
    library.new_function("a")
    library.new_function("b")
    assert [warning.message for warning in library.warnings] == ['"of the file"'] + 2 * ["unused variable 'unused'"]
    assert [warning.notes[0].line for warning in library.warnings[1:]] == [7, 6]


def test_an_unknown_name_is_no_compile(tmp_path: Path) -> None:
    _, library = compile_source(WRONG, deferred=True)
    with pytest.raises(pm.ResourceError, match="it holds 'long'"):
        library.new_function("lon")


def test_files_may_change_behind_a_library(tmp_path: Path) -> None:
    """What is instantiated later is what was read when the library was made; so are the lines that errors show."""
    header = tmp_path / "value.h"
    header.write_text("template <typename T> T value(T x) {\n  return T(41) + x.w;\n}\n")
    text = PRELUDE + '#include "value.h"\n' + (
        "template <typename T> kernel void k(device T *x) { x[0] = value(x[0]); }\n"
        'template [[host_name("vector")]] kernel void k<float4>(device float4 *);\n'
        'template [[host_name("scalar")]] kernel void k<float>(device float *);\n'
    )  # fmt: skip
    file = tmp_path / "program.metal"
    file.write_text(text)
    device = pm.create_system_default_device()
    library = device.new_library_with_file(file, pm.CompileOptions(defer_instantiations=True))
    header.write_text("#error gone\n")
    file.unlink()
    device.new_compute_pipeline_state(library.new_function("vector"))
    with pytest.raises(pm.CompileError) as caught:
        library.new_function("scalar")
    diagnostic = caught.value.diagnostics[0]
    assert (diagnostic.file, diagnostic.line) == (str(header), 2)
    assert diagnostic.source_line == "  return T(41) + x.w;"


def test_many_threads_ask_one_library() -> None:
    device, library = compile_source(SOURCE, deferred=True)
    wrong = compile_source(WRONG, deferred=True)[1]

    def ask(number: int) -> list[float]:
        if number % 5 == 4:
            with pytest.raises(pm.CompileError):
                wrong.new_function("half")
        return run(device, library, NAMES[number % len(NAMES)], True)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(ask, range(20)))
    for number in range(len(NAMES), 20):
        assert results[number] == results[number % len(NAMES)]


# Makes the function argv[2] of the file argv[1]; prints whether the compiler was loaded, and the names and constants.
PROGRAM = """
import sys
import pymetal as pm
device = pm.create_system_default_device()
library = device.new_library_with_file(sys.argv[1])
values = pm.FunctionConstantValues()
values.set_constant_value(5, pm.DataType.Int, 0)
values.set_constant_value(True, pm.DataType.Bool, 1)
try:
    function = library.new_function(sys.argv[2], values)
    pipeline = device.new_compute_pipeline_state(function)
    text = [sorted(function.function_constants_dictionary), [str(b) for b in pipeline.reflection.bindings]]
except pm.CompileError as error:
    text = str(error)
loaded = "libpymetal_compiler" in open("/proc/self/maps").read()
print("compiled" if loaded else "cached", library.function_names, text, sep="|")
"""


class Runner:
    """Runs the program in processes that share one cache."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.source = folder / "kernels.metal"
        self.source.write_text(SOURCE)

    def __call__(self, name: str, deferred: str = "1") -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(self.source), name],
            env={"PYMETAL_CACHE_DIR": str(self.cache), "PYMETAL_DEFER_INSTANTIATIONS": deferred, "PATH": "",
                 "PYTHONPATH": ":".join(sys.path)},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
            timeout=120,
        )  # fmt: skip
        how, rest = done.stdout.split("|", 1)
        return how, rest

    def entries(self) -> list[Path]:
        return sorted(self.cache.iterdir())


@pytest.fixture
def run_program(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_the_environment_defers_and_later_processes_need_no_compiler(run_program: Runner) -> None:
    run_program.source.write_text(WRONG)
    how, wrong = run_program("long")
    assert how == "compiled" and "in function 'long'" in wrong
    assert run_program("fine")[0] == "compiled"
    assert run_program("fine")[0] == "cached"
    # An error is found again, and is the same.
    assert run_program("long") == (how, wrong)


def test_the_option_is_in_the_key(run_program: Runner) -> None:
    how, deferred = run_program("add_half")
    assert (how, deferred) == ("compiled", run_program("add_half", deferred="0")[1])
    assert run_program("add_half")[0] == run_program("add_half", deferred="0")[0] == "cached"


def test_each_function_is_kept_by_itself(run_program: Runner) -> None:
    first = run_program("add_float")
    assert first[0] == "compiled"
    assert run_program("add_int")[0] == "compiled"
    assert run_program("plain")[0] == "compiled"
    for name in ("add_float", "add_int", "plain"):
        assert run_program(name)[0] == "cached"
    assert run_program("add_float")[1] == first[1]


def test_damaged_and_absent_entries_are_made_again(run_program: Runner) -> None:
    expected = run_program("add_float")[1]
    whole = {path: path.read_bytes() for path in run_program.entries()}
    assert len(whole) == 7
    chance = random.Random(2)
    for path, contents in whole.items():
        altered = bytearray(contents)
        altered[chance.randrange(len(contents))] ^= 1 << chance.randrange(8)
        path.write_bytes(chance.choice((altered, contents[: len(contents) // 2], b"")))
        assert run_program("add_float")[1] == expected
    for _ in range(10):
        for path, contents in whole.items():
            path.unlink(missing_ok=True)
            if chance.random() < 0.5:
                path.write_bytes(contents)
        assert run_program("add_float")[1] == expected


def many(count: int, extra: str = "") -> str:
    """A source of so many instantiations that several threads compile it."""
    body = """
    template <typename T> T twice(T x) { return x + x; }
    constant int shift [[function_constant(0)]];
    template <typename T, int N> kernel void k(device T *x, uint i [[thread_position_in_grid]]) {
      static_assert(N != 1000, "a thousand");
      if (N % 2 == 1) x[i] += T(shift);
      x[i] = twice(x[i]) + N;
    }
    kernel void plain(device float *x, uint i [[thread_position_in_grid]]) { x[i] = twice(x[i]); }
    """
    names = (f'template [[host_name("k{n}")]] kernel void k<float, {n}>(device float *, uint);' for n in range(count))
    return PRELUDE + body + "\n".join(names) + "\n" + extra


@pytest.mark.parametrize("deferred", [False, True])
def test_many_instantiations(deferred: bool) -> None:
    device, library = compile_source(many(150), deferred=deferred)
    assert library.function_names == ["plain"] + [f"k{n}" for n in range(150)]
    for n in (0, 1, 74, 75, 149):
        function = library.new_function(f"k{n}", constants(True))
        assert list(function.function_constants_dictionary) == (["shift"] if n % 2 == 1 else [])
        offset = 5 if n % 2 == 1 else 0
        assert run(device, library, f"k{n}", True) == [2 * (i + offset) + n for i in range(32)]
    assert run(device, library, "plain", True) == [2 * i for i in range(32)]


def test_errors_in_many_instantiations_are_told_once_and_in_order() -> None:
    extra = 'template [[host_name("last")]] kernel void k<int, 1000>(device int *, uint);\n'
    source = many(150, extra).replace("if (N % 2", 'static_assert(N != 149, "the last but one");\n if (N % 2')
    source = source.replace("k<float, 3>", "k<float, 1000>")
    with pytest.raises(pm.CompileError) as caught:
        compile_source(source, deferred=False)
    assert str(caught.value).startswith("Library compilation failed:\n")
    # Both functions with a thousand fail, each in a thread of its own where there are two.
    assert [("a thousand" in d.message, "the last but one" in d.message) for d in caught.value.diagnostics] == [
        (True, False),
        (False, True),
    ]
    first = source.splitlines().index('template [[host_name("k3")]] kernel void k<float, 1000>(device float *, uint);')
    assert first + 1 in [note.line for note in caught.value.diagnostics[0].notes]
    with pytest.raises(pm.CompileError, match="wrong9"):
        compile_source(
            many(150, 'template [[host_name("wrong9")]] kernel void k<wrong9, 1>(device float *);'), deferred=False
        )


def test_many_instantiations_are_cached_in_parts(run_program: Runner) -> None:
    run_program.source.write_text(many(150))
    for name in ("k1", "k149", "plain"):
        how, described = run_program(name, deferred="0")
        assert how == "compiled"
        assert run_program(name, deferred="0") == ("cached", described)
    for path in run_program.entries():
        path.unlink()
        assert run_program("k1", deferred="0")[1] == run_program("k1")[1]
