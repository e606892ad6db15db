"""Compares what the compiler prints of each wrong program here with the text beside it, or writes that text anew.

Usage: python tests/diagnostics/golden.py [--update] [NAME...]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pymetal as pm

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The programs, by name."""
    return sorted(path.stem for path in FOLDER.glob("*.metal"))


def printed(device: pm.Device, name: str) -> str:
    """What a programmer reads after compiling the program: the error, or the warnings of the library."""
    source = (FOLDER / f"{name}.metal").read_text(encoding="utf-8")
    try:
        library = device.new_library_with_source(source)
    except pm.CompileError as error:
        return f"{error}\n"
    return "".join(f"{warning}\n" for warning in library.warnings)


def expected(name: str) -> str:
    """The text that stands beside the program."""
    path = FOLDER / f"{name}.txt"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> int:
    """Prints the programs whose text differs, and rewrites it if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="write what the compiler prints now")
    parser.add_argument("names", nargs="*", help="programs, all by default")
    arguments = parser.parse_args()
    device = pm.create_system_default_device()
    different = 0
    for name in arguments.names or names():
        text = printed(device, name)
        if text == expected(name):
            continue
        different += 1
        print(f"--- {name}\n{text}", end="")
        if arguments.update:
            (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
    return 0 if arguments.update else min(different, 1)


if __name__ == "__main__":
    sys.exit(main())
