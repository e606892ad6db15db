"""Wrong programs, and what the compiler prints of each: `python tests/diagnostics/golden.py --update` writes it anew."""

from __future__ import annotations

import re

import golden
import pymetal as pm
import pytest

# What Metal's programmers never wrote: names of Clang's, of OpenCL's and of our own library.
FOREIGN = re.compile(
    r"__(global|local|private|generic|constant|bf16|msl|mtl)\b|\b_*mtl|msl_|\bvec<|\bmatrix<|OpenCL|clcpp|clang|"
    r"unsigned int|/pymetal/|-f[a-z]+"
)


@pytest.mark.parametrize("name", golden.names())
def test_what_is_printed(device: pm.Device, name: str) -> None:
    assert golden.printed(device, name) == golden.expected(name)


def test_there_is_a_text_for_every_program() -> None:
    texts = {path.stem for path in golden.FOLDER.glob("*.txt")}
    assert texts == set(golden.names())
    assert len(texts) >= 60


@pytest.mark.parametrize("name", golden.names())
def test_words_are_metal_words(name: str) -> None:
    text = golden.expected(name)
    source = (golden.FOLDER / f"{name}.metal").read_text(encoding="utf-8")
    assert text, "every program here has something wrong"
    for found in FOREIGN.finditer(text):
        assert found[0] in source, found[0]


def test_fix_its_are_objects(device: pm.Device) -> None:
    with pytest.raises(pm.CompileError) as caught:
        device.new_library_with_source("kernel void f(device float *output) {\n  ouptut[0] = 1.0;\n}")
    (diagnostic,) = caught.value.diagnostics
    (fix,) = diagnostic.fix_its
    assert (fix.line, fix.column, fix.end_line, fix.end_column, fix.replacement) == (2, 3, 2, 9, "output")


def test_long_messages_end(device: pm.Device) -> None:
    with pytest.raises(pm.CompileError) as caught:
        device.new_library_with_source("kernel void f() { " + "x" * 100_000 + " = 1; }")
    assert len(str(caught.value)) < 10_000
