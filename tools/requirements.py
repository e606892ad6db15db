"""Prints what the build, the tests and the checks need, as pyproject.toml lists it."""

from __future__ import annotations

import re
from pathlib import Path


def main() -> None:
    # No TOML reader: Python 3.9 and 3.10 bring none, and these lists are one line each.
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    for name in ("dependencies", "test", "dev"):
        entries = re.search(rf"^{name} = \[(.*)\]$", text, re.MULTILINE)
        if entries is None:
            raise SystemExit(f"pyproject.toml has no list {name}")
        for requirement in re.findall(r'"([^"]+)"', entries[1]):
            print(requirement)


if __name__ == "__main__":
    main()
