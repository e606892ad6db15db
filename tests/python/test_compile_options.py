"""Compile options, source files and include paths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pymetal as pm
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"


def value_of(library: pm.Library) -> int:
    """What the kernel `k` of the library stores."""
    device = library.device
    buffer = device.new_buffer(16)
    commands = device.new_command_queue().command_buffer()
    encoder = commands.compute_command_encoder()
    encoder.set_compute_pipeline_state(device.new_compute_pipeline_state(library.new_function("k")))
    encoder.set_buffer(buffer, 0, 0)
    encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
    encoder.end_encoding()
    commands.commit()
    commands.wait_until_completed()
    return int(np.frombuffer(buffer.contents(), np.int32)[0])


def kernel(value: str) -> str:
    return f"kernel void k(device int *o) {{ o[0] = {value}; }}\n"


@pytest.mark.parametrize(
    ("macros", "value", "expected"),
    [
        ({"A": "5"}, "A", 5),
        ({"A": "2 + 3"}, "A * 2", 8),
        ({"A": ""}, "1 A", 1),
        ({"A": "(2 + 3)", "B": "A * 2"}, "B", 10),
        ({"F(x)": "((x) + 1)"}, "F(F(1))", 3),
    ],
)
def test_macros(device: pm.Device, macros: dict[str, str], value: str, expected: int) -> None:
    library = device.new_library_with_source(kernel(value), pm.CompileOptions(preprocessor_macros=macros))
    assert value_of(library) == expected


@pytest.mark.parametrize("name", ["", "1A", "A B", "A\nint x;", "A-B", "F(x", "défini"])
def test_macro_names_are_checked(device: pm.Device, name: str) -> None:
    with pytest.raises(pm.ValidationError, match="macro"):
        device.new_library_with_source(kernel("1"), pm.CompileOptions(preprocessor_macros={name: "1"}))


def test_macros_do_not_move_lines(device: pm.Device) -> None:
    options = pm.CompileOptions(preprocessor_macros={"A": "1", "B": "2\\\n3"})
    with pytest.raises(pm.CompileError) as caught:
        device.new_library_with_source("\n\nint broken = ;", options)
    assert [d.line for d in caught.value.diagnostics] == [3]


@pytest.mark.parametrize(
    ("version", "number"),
    [
        (pm.LanguageVersion.Version1_0, 100),
        (pm.LanguageVersion.Version2_4, 240),
        (pm.LanguageVersion.Version3_0, 300),
        (pm.LanguageVersion.Version3_1, 310),
        (pm.LanguageVersion.Version3_2, 320),
    ],
)
def test_language_versions(device: pm.Device, version: pm.LanguageVersion, number: int) -> None:
    library = device.new_library_with_source(kernel("__METAL_VERSION__"), pm.CompileOptions(language_version=version))
    assert value_of(library) == number


def test_contraction_follows_the_math_mode(device: pm.Device) -> None:
    """The product is rounded before the sum in Safe mode, where the two are different statements."""
    source = (
        HEADER
        + """kernel void k(device int *o, device float *x) {
      float product = x[0] * x[1];
      float sum = product + x[2];
      o[0] = as_type<int>(sum);
    }"""
    )
    x = np.float32([1 + 2**-12, 1 + 2**-12, -1 - 2**-11])
    rounded = np.float32(x[0] * x[1]) + x[2]
    fused = np.float32(np.float64(x[0]) * np.float64(x[1]) + np.float64(x[2]))
    assert rounded != fused
    results = {}
    for mode in pm.MathMode:
        library = device.new_library_with_source(source, pm.CompileOptions(math_mode=mode))
        out = device.new_buffer(4)
        commands = device.new_command_queue().command_buffer()
        encoder = commands.compute_command_encoder()
        encoder.set_compute_pipeline_state(device.new_compute_pipeline_state(library.new_function("k")))
        encoder.set_buffer(out, 0, 0)
        encoder.set_bytes(x, 1)
        encoder.dispatch_threads(1, 1, 1, 1, 1, 1)
        encoder.end_encoding()
        commands.commit()
        commands.wait_until_completed()
        results[mode] = np.frombuffer(out.contents(), np.float32)[0]
    assert results[pm.MathMode.Safe] == rounded
    assert results[pm.MathMode.Fast] == results[pm.MathMode.Relaxed]
    assert results[pm.MathMode.Fast] in (rounded, fused)


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    def make(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_h", ".h").replace("_metal", ".metal")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


def test_files_include_what_lies_beside_them(device: pm.Device, tree: Callable[..., Path]) -> None:
    folder = tree(
        main_metal='#include "sub/one.h"\n#include "sub/one.h"\n' + kernel("one"),
        sub__one_h='#pragma once\n#include "two.h"\n#include "../three.h"\nconstant int one = two + three;\n',
        sub__two_h="constant int two = 20;\n",
        three_h="#ifndef THREE\n#define THREE\nconstant int three = 3;\n#endif\n",
    )
    assert value_of(device.new_library_with_file(folder / "main.metal")) == 23
    assert value_of(device.new_library_with_file(str(folder / "main.metal"))) == 23


def test_include_paths_are_searched_in_order(device: pm.Device, tree: Callable[..., Path]) -> None:
    folder = tree(
        own__main_metal='#include "both.h"\n#include <other.h>\n' + kernel("both + other"),
        own__both_h="constant int both = 1;\n",
        first__both_h="constant int both = 2;\n",
        first__other_h="constant int other = 30;\n",
        second__other_h="constant int other = 40;\n",
    )
    paths = [folder / "first", folder / "second"]
    assert value_of(device.new_library_with_file(folder / "own/main.metal", include_paths=paths)) == 31
    assert value_of(device.new_library_with_file(folder / "own/main.metal", include_paths=paths[::-1])) == 41
    source = '#include "both.h"\n#include <other.h>\n' + kernel("both + other")
    assert value_of(device.new_library_with_source(source, include_paths=[str(p) for p in paths])) == 32
    with pytest.raises(pm.CompileError, match=r"'both\.h' file not found"):
        device.new_library_with_source(source)


def test_errors_name_the_file_they_are_in(device: pm.Device, tree: Callable[..., Path]) -> None:
    folder = tree(main_metal='#include "bad.h"\nkernel void k() {}\n', bad_h="\nint f() { return missing; }\n")
    with pytest.raises(pm.CompileError) as caught:
        device.new_library_with_file(folder / "main.metal")
    (diagnostic,) = caught.value.diagnostics
    assert (Path(diagnostic.file).name, diagnostic.line) == ("bad.h", 2)


def test_files_take_options(device: pm.Device, tree: Callable[..., Path]) -> None:
    folder = tree(
        main_metal="#ifdef __METAL_VERSION__\n#include HEADER\n#endif\n" + kernel("x"), name_h="constant int x = 9;\n"
    )
    options = pm.CompileOptions(preprocessor_macros={"HEADER": '"name.h"'})
    assert value_of(device.new_library_with_file(folder / "main.metal", options)) == 9


@pytest.mark.parametrize("name", ["missing.metal", "."])
def test_files_that_cannot_be_read(device: pm.Device, tmp_path: Path, name: str) -> None:
    with pytest.raises(pm.ResourceError, match="cannot be read"):
        device.new_library_with_file(tmp_path / name)


def test_files_of_other_encodings(device: pm.Device, tmp_path: Path) -> None:
    bom = b"\xef\xbb\xbf"
    (tmp_path / "bom.metal").write_bytes(bom + kernel("4").replace("\n", "\r\n").encode())
    assert value_of(device.new_library_with_file(tmp_path / "bom.metal")) == 4
    (tmp_path / "latin.metal").write_bytes(b"// caf\xe9\n" + kernel("5").encode())
    assert value_of(device.new_library_with_file(tmp_path / "latin.metal")) == 5
    (tmp_path / "utf16.metal").write_bytes(kernel("6").encode("utf-16"))
    with pytest.raises(pm.CompileError, match="compilation failed"):
        device.new_library_with_file(tmp_path / "utf16.metal")


def test_options_hold_values(device: pm.Device) -> None:
    options = pm.CompileOptions()
    assert (options.preprocessor_macros, options.math_mode) == ({}, pm.MathMode.Fast)
    options.math_mode = pm.MathMode.Safe
    options.preprocessor_macros = {"A": "3"}
    assert value_of(device.new_library_with_source(kernel("A"), options)) == 3
    wrong: Any = "fast"
    with pytest.raises(TypeError):
        options.math_mode = wrong
