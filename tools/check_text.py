"""Checks the text of every tracked file: no promises of later work, no paths of a machine, no giant files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# Split, so that this file does not find itself.
PROMISE = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", "NotImplemented" + "Error")))
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/\w")
LINE_LIMIT = 700
CODE = {".cpp", ".h", ".py", ".cmake", ".metal"}
MAY_PROMISE = ("docs/adr/", "CHANGELOG.md")


def check_text(name: str, text: str) -> list[str]:
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        if PROMISE.search(line) and not name.startswith(MAY_PROMISE):
            problems.append(f"{name}:{number}: promises later work: {line.strip()}")
        if MACHINE_PATH.search(line):
            problems.append(f"{name}:{number}: holds a path of a machine: {line.strip()}")
    lines = text.count("\n")
    if Path(name).suffix in CODE and lines > LINE_LIMIT and "(A table.)" not in text.split("\n", 1)[0]:
        problems.append(f"{name}: has {lines} lines, and its first line does not say that it is a table")
    return problems


def main() -> None:
    root = Path(__file__).parent.parent
    names = subprocess.run(["git", "ls-files"], cwd=root, check=True, capture_output=True, text=True).stdout.split("\n")
    problems = []
    for name in filter(None, names):
        try:
            text = (root / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # an image, or a file that was removed since
        problems += check_text(name, text)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
