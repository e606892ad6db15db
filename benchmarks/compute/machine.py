"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import partial
from pathlib import Path


def _first(path: str, key: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")


def describe_machine(threads: int) -> dict[str, str]:
    """Processor, memory and system, as far as they bear on speed."""
    cpu = partial(_first, "/proc/cpuinfo")
    flags = cpu("flags").split()
    widest = next((name for name in ("avx512f", "avx2", "sse4_2", "asimd") if name in flags), "")
    try:
        english = {**os.environ, "LC_ALL": "C"}
        caches = subprocess.run(["lscpu"], capture_output=True, text=True, check=True, env=english)
        cache_lines = [line.split(":", 1) for line in caches.stdout.splitlines() if " cache:" in line]
    except (OSError, subprocess.CalledProcessError):
        cache_lines = []
    return {
        "processor": f"{cpu('model name')} (family {cpu('cpu family')}, model {cpu('model')})",
        "cores": f"{threads} used of {os.cpu_count()}",
        "vectors": widest,
        "caches": ", ".join(f"{name.replace(' cache', '')} {size.strip()}" for name, size in cache_lines),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
    }
