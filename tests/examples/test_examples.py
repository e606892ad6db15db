"""Runs every example as a user would: in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

# What each example needs beside NumPy.
REQUIREMENTS: dict[str, list[str]] = {
    "vector_add.py": [],
    "matmul.py": [],
    "histogram.py": [],
    "reduction.py": [],
    "mandelbrot.py": ["PIL"],
    "image_blur.py": ["PIL", "scipy"],
}
WRITES_PICTURE = ["image_blur.py", "mandelbrot.py"]


def run_example(name: str, *arguments: str, python_path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    if python_path is not None:
        rest = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = str(python_path) if rest is None else f"{python_path}{os.pathsep}{rest}"
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
        check=False,
    )


def require_modules(name: str) -> None:
    for module in REQUIREMENTS[name]:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{name} needs {module}")


def test_every_example_is_listed() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(REQUIREMENTS)


@pytest.mark.parametrize("name", sorted(set(REQUIREMENTS) - set(WRITES_PICTURE)))
def test_example_finds_its_result_right(name: str) -> None:
    done = run_example(name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()
    assert done.stderr == ""


@pytest.mark.parametrize("name", WRITES_PICTURE)
def test_example_finds_its_result_right_and_writes_a_picture(name: str, tmp_path: Path) -> None:
    require_modules(name)
    output = tmp_path / "new folder" / "picture.png"
    done = run_example(name, str(output))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert output.read_bytes().startswith(PNG_SIGNATURE)
    assert [path.name for path in tmp_path.rglob("*.*")] == ["picture.png"]


@pytest.mark.parametrize("module", ["PIL", "scipy"])
def test_image_blur_says_what_it_needs(module: str, tmp_path: Path) -> None:
    (tmp_path / f"{module}.py").write_text(f'raise ImportError("{module} is hidden")\n')
    done = run_example("image_blur.py", str(tmp_path / "picture.png"), python_path=tmp_path)
    assert done.returncode == 1
    assert "pip install pillow scipy" in done.stderr
    assert "Traceback" not in done.stderr


def test_mandelbrot_runs_without_pillow(tmp_path: Path) -> None:
    (tmp_path / "PIL.py").write_text('raise ImportError("PIL is hidden")\n')
    done = run_example("mandelbrot.py", str(tmp_path / "picture.png"), python_path=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no picture is written" in done.stdout
    assert not (tmp_path / "picture.png").exists()
