"""Checks a wheel where nothing but Python and NumPy is: it imports, runs a kernel, and shows no symbol of LLVM.

usage: check_wheel.py WHEEL
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

SYSTEM_LIBRARIES = re.compile(r"lib(c|m|dl|pthread|rt|stdc\+\+|gcc_s)\.so|ld-linux|libpymetal")


def run(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def check_libraries(folder: Path) -> None:
    for library in sorted(folder.rglob("*.so*")):
        exported = run("nm", "-D", "--defined-only", "--demangle", library)
        leaked = [line for line in exported.splitlines() if re.search(r"llvm|clang", line, re.IGNORECASE)]
        if leaked:
            raise SystemExit(f"{library.name} shows symbols of LLVM: {leaked[:5]}")
        needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", library))
        foreign = [name for name in needed if not SYSTEM_LIBRARIES.match(name)]
        if foreign:
            raise SystemExit(f"{library.name} needs libraries that the wheel does not hold: {foreign}")
        print(f"{library.name}: {library.stat().st_size / 2**20:.1f} MiB, needs {', '.join(needed)}")


def main() -> None:
    wheel = Path(sys.argv[1]).resolve()
    example = Path(__file__).parent.parent / "examples" / "vector_add.py"
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "venv"
        venv.create(environment, with_pip=True)
        python = environment / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", wheel)
        print(subprocess.run([python, example], check=True, capture_output=True, text=True, cwd=folder).stdout.strip())
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(Path(folder) / "wheel")
        check_libraries(Path(folder) / "wheel")
    print(f"{wheel.name}: {wheel.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
