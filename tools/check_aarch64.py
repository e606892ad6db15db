"""Compiles kernels for AArch64 and runs them: tools/check_aarch64.py BUILD [FILE...].

BUILD is a build folder with PyMetal's tests. Every kernel of the files must compile (tests/kernels/inventory holds all
of the library, and takes minutes). Those below run under qemu-user beside the same code for this machine, and must give
the same results. Exits with 77 and a reason where the machine lacks what that takes.
"""

from __future__ import annotations

import math
import shutil
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = 77
HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"


@dataclass(frozen=True)
class Case:
    """A kernel, its grid and threadgroup, and the format and contents of its buffers."""

    name: str
    source: str
    grid: tuple[int, int, int]
    group: tuple[int, int, int]
    formats: tuple[str, ...]

    def buffers(self) -> list[bytes]:
        count = self.grid[0] * self.grid[1] * self.grid[2]
        contents = []
        for slot, kind in enumerate(self.formats):
            numbers = [(i * 2654435761 + slot * 40503) % 65521 for i in range(count)]
            values = (
                [n / 8192 - 4 for n in numbers] if kind in "fe" else [n % 251 if kind in "bB" else n for n in numbers]
            )
            if kind == "b":
                values = [v - 128 for v in values]
            contents.append(struct.pack(f"<{count}{kind}", *values))
        return contents


CASES = (
    Case(
        "branches and math",
        """kernel void k(device const float *a, device float *out, uint i [[thread_position_in_grid]]) {
             float x = a[i];
             for (int j = 0; float(j) < x; ++j) { if (j == 3) continue; x = fma(x, 0.75f, 0.5f) + sin(x) * 0.125f; }
             out[i] = i % 3 == 0 ? sqrt(fabs(x)) : exp(-fabs(x)) + atan2(x, 2.0f) + pow(fabs(x), 1.5f); }""",
        (200, 1, 1),
        (64, 1, 1),
        ("f", "f"),
    ),
    Case(
        "integers",
        """kernel void k(device const char *c, device const ushort *s, device int *out, device uchar *b,
                         device ulong *w, uint i [[thread_position_in_grid]]) {
             int sum = 0;
             if (c[i] > 3) sum += c[i] * s[i] / (c[i] - 3) + s[i] % 7;
             out[i] = clz(sum) + popcount(s[i]) + mulhi(sum * 77777, int(s[i]) * 99999) + reverse_bits(sum);
             if (s[i] & 1) b[i] = uchar(sum);
             w[i] = w[i] * 0x123456789abcdef / (i + 3) + ulong(float(s[i])); }""",
        (96, 1, 1),
        (96, 1, 1),
        ("b", "H", "i", "B", "Q"),
    ),
    Case(
        "barriers and lanes",
        """kernel void k(device const float *a, device float *out, device atomic_uint *n,
                         uint i [[thread_position_in_grid]], uint t [[thread_position_in_threadgroup]]) {
             threadgroup float tile[64]; threadgroup atomic_uint hits;
             if (t == 0) atomic_store_explicit(&hits, 0, memory_order_relaxed);
             tile[t] = a[i];
             for (uint step = 32; step > 0; step /= 2) {
               threadgroup_barrier(mem_flags::mem_threadgroup);
               if (t < step) tile[t] += tile[t + step];
             }
             threadgroup_barrier(mem_flags::mem_threadgroup);
             if (a[i] > 1.0f) atomic_fetch_add_explicit(&hits, t, memory_order_relaxed);
             out[i] = tile[0] + simd_sum(a[i]) + simd_shuffle_xor(a[i], 5) + quad_max(a[i]);
             out[i] += simd_prefix_inclusive_sum(t);
             threadgroup_barrier(mem_flags::mem_threadgroup);
             if (t == 0) atomic_fetch_add_explicit(n, atomic_load_explicit(&hits, memory_order_relaxed),
                                                   memory_order_relaxed); }""",
        (256, 1, 1),
        (64, 1, 1),
        ("f", "f", "I"),
    ),
    Case(
        "shapes, vectors and private arrays",
        """kernel void k(device const float *a, device float *out, uint3 p [[thread_position_in_grid]],
                         uint3 n [[threads_per_grid]]) {
             uint i = p.x + n.x * (p.y + n.y * p.z);
             float t[8];
             for (int j = 0; j < 8; ++j) t[j] = a[i] * j;
             float4 v = float4(t[i & 7], t[(i + 3) & 7], p.y, p.z);
             out[i] = dot(v, v.wzyx) + length(v) + float3x3(2.0f)[1][p.x % 3] + t[int(fabs(a[i])) & 7]; }""",
        (7, 5, 3),
        (3, 5, 2),
        ("f", "f"),
    ),
    Case(
        "small floats",
        """kernel void k(device half *h, device ushort *bits, device float *out, uint i [[thread_position_in_grid]]) {
             bfloat b = as_type<bfloat>(ushort(bits[i] & 0x3fff));
             h[i] = h[i] * 2.0h + half(i) / 3.0h;
             bits[i] = as_type<ushort>(bfloat(float(b) * 1.7f + h[i]));
             out[i] = float(floor(h[i])) + float(b); }""",
        (64, 1, 1),
        (32, 1, 1),
        ("e", "H", "f"),
    ),
)


def skip(reason: str) -> None:
    print(f"skipped: {reason}")
    raise SystemExit(SKIPPED)


def call(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


class Machine:
    """A compiler, and a way to run what it makes."""

    def __init__(
        self, folder: Path, tool: Path, compiler: str, options: tuple[str, ...], runner: tuple[str, ...]
    ) -> None:
        self.folder, self.tool, self.options, self.runner = folder, tool, options, runner
        self.link = (compiler, "-std=c++20", "-O1", "-static", f"-I{ROOT / 'src'}", f"-I{ROOT / 'include'}")
        self.parts = [folder / f"{Path(compiler).name}-{name}.o" for name in ("driver", "state")]
        sources = (ROOT / "tools/aarch64_driver.cpp", ROOT / "src/backend/cpu/threadgroup_state.cpp")
        for part, source in zip(self.parts, sources):
            call(*self.link, "-c", source, "-o", part)

    def run(self, case: Case, source: Path) -> list[bytes]:
        threads = case.group[0] * case.group[1] * case.group[2]
        in_rows = case.group[0] % 32 == 0 or case.group[1] == case.group[2] == 1
        is_whole = threads % 32 == 0 and all(g % t == 0 for g, t in zip(case.grid, case.group))
        layout = [*([] if in_rows else ["--any-shape"]), *([] if is_whole else ["--partial"])]
        kernel, program = self.folder / "kernel.o", self.folder / "program"
        facts = call(self.tool, *self.options, *layout, "--object", kernel, source, "k").split()
        call(*self.link, *self.parts, kernel, "-o", program)
        files = [self.folder / f"buffer{slot}" for slot in range(len(case.formats))]
        for file, contents in zip(files, case.buffers()):
            file.write_bytes(contents)
        call(*self.runner, program, *facts, *case.grid, *case.group, *files)
        return [file.read_bytes() for file in files]


def differences(case: Case, ours: list[bytes], theirs: list[bytes]) -> int:
    found = 0
    for kind, one, other in zip(case.formats, ours, theirs):
        for a, b in zip(struct.iter_unpack(f"<{kind}", one), struct.iter_unpack(f"<{kind}", other)):
            same = math.isclose(a[0], b[0], rel_tol=1e-5, abs_tol=1e-6) if kind == "f" else a == b
            found += not same and not (a[0] != a[0] and b[0] != b[0])
    return found


def main(build: Path, extra: list[str]) -> None:
    tool = build / "tools/pymetal_cross_kernel"
    if not tool.exists():
        skip(f"LLVM has no AArch64 here, so that {tool.name} is not built")
    if extra:
        print(call(tool, "--check", *extra), end="")
    for program, package in (("qemu-aarch64", "qemu-user"), ("aarch64-linux-gnu-g++", "g++-aarch64-linux-gnu")):
        if shutil.which(program) is None:
            skip(f"to run kernels of AArch64 takes {program} (Debian's {package})")
    failures = 0
    with tempfile.TemporaryDirectory(prefix="pymetal-aarch64-") as name:
        folder = Path(name)
        here = Machine(folder, tool, "g++", ("--native",), ())
        there = Machine(folder, tool, "aarch64-linux-gnu-g++", (), ("qemu-aarch64",))
        for case in CASES:
            source = folder / "kernel.metal"
            source.write_text(HEADER + case.source)
            before = case.buffers()
            ours, theirs = here.run(case, source), there.run(case, source)
            count = differences(case, ours, theirs)
            if ours == before:
                raise SystemExit(f"{case.name}: the kernel changes nothing")
            print(f"{case.name}: {'the same' if count == 0 else f'{count} values differ'}")
            failures += count
    raise SystemExit(failures != 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
