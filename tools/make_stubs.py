"""Writes python/pymetal/_core.pyi from the compiled module, or tells with --check whether it is current."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pymetal._core as core
from nanobind.stubgen import StubGen

EXCEPTIONS = '''
__version__: str

class MetalError(Exception):
    """Base of every exception of PyMetal."""

class CompileError(MetalError):
    """MSL source does not compile. `diagnostics` lists what the compiler found."""

    diagnostics: Sequence[CompileDiagnostic]

class PipelineError(MetalError):
    """A pipeline state cannot be made."""

class ResourceError(MetalError):
    """A resource cannot be made or found."""

class ValidationError(MetalError):
    """A call breaks a rule of the API."""

class ThreadingError(ValidationError):
    """A call breaks a threading rule of the API."""

class HazardWarning(RuntimeWarning):
    """The host touched a buffer while a command buffer used it. Only with PYMETAL_VALIDATION=1."""
'''
STUB = Path(__file__).parent.parent / "python" / "pymetal" / "_core.pyi"


def generate() -> str:
    generator = StubGen(core)
    generator.put(core)
    text: str = generator.get()
    # The exceptions are made at run time, so the generator takes them for imports.
    text = re.sub(r"from pymetal import \(.*?\)\n", EXCEPTIONS, text, count=1, flags=re.DOTALL)
    # A second name of a member, which no stub can spell.
    text = re.sub(r"^    None = .*\n\n?", "", text, flags=re.MULTILINE)
    # Python's own object equality takes any object.
    text = re.sub(r"def __eq__\(self, (\w+): object[^)]*\)", r"def __eq__(self, \1: object, /)", text)
    return text.rstrip() + "\n"


def main() -> None:
    text = generate()
    if "--check" not in sys.argv:
        STUB.write_text(text, encoding="utf-8")
    elif STUB.read_text(encoding="utf-8") != text:
        raise SystemExit("python/pymetal/_core.pyi is not current; run tools/make_stubs.py")


if __name__ == "__main__":
    main()
