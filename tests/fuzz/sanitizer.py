"""The address sanitizer in a process of its own: it checks the kernels there, and whatever memory they are given."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from functools import cache
from pathlib import Path

COMPILERS = ("clang++-22", "clang++")
# Python and LLVM keep what they made, and LLVM, which is not instrumented, frees what its headers poison elsewhere.
OPTIONS = "detect_leaks=0:allow_user_poisoning=0:detect_container_overflow=0:allocator_may_return_null=1"


@cache
def library() -> Path | None:
    """The sanitizer's shared library, where it is installed."""
    for compiler in filter(shutil.which, COMPILERS):
        folder = subprocess.run([compiler, "-print-runtime-dir"], capture_output=True, text=True, check=True).stdout
        for name in (f"libclang_rt.asan-{platform.machine()}.so", "libclang_rt.asan.so"):
            if (path := Path(folder.strip()) / name).exists():
                return path
    return None


def environment() -> dict[str, str]:
    """What a process is started with, to have its kernels checked."""
    path = library()
    if path is None:
        raise RuntimeError("The library of the address sanitizer is not installed.")
    return {**os.environ, "LD_PRELOAD": str(path), "ASAN_OPTIONS": OPTIONS}
