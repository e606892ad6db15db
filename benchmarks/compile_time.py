"""Times from source to the first pipeline, cold and cached: python benchmarks/compile_time.py [--json].

Each figure is the median over processes of their own: what a program waits for when it starts, in milliseconds. "cold"
has no cache, and loads the compiler; "cached" finds what another process compiled; "deferred" leaves instantiations for
later, without a cache and with one. The start of Python, the import and
the device come before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PRELUDE = "#include <metal_stdlib>\nusing namespace metal;\n"

TEN_LINES = (
    PRELUDE
    + """
kernel void first(device float *x [[buffer(0)]], device const float *y [[buffer(1)]],
                  constant float &a [[buffer(2)]], uint i [[thread_position_in_grid]]) {
  float v = x[i] * a + y[i];
  if (v > 3.0f) v = sqrt(v);
  x[i] = v;
}
"""
)

# A block of quantised weights, a reduction over a row, and an element-wise end: what kernels of language models are
# made of. @ stands for the number of the family.
HELPERS = """
struct block_@ {
  half scale;
  half offset;
  uchar quants[16];
};

template <typename T4>
void unpack_@(device const block_@ *block, short part, thread T4 &result) {
  device const uchar *quants = block->quants + 4 * part;
  const float scale = block->scale;
  const float offset = block->offset + @.0f;
  for (int i = 0; i < 4; ++i) {
    result[i] = scale * float(quants[i] & 0x0F) + offset;
  }
}

template <typename T>
T activate_@(T value, T limit) {
  const T clamped = clamp(value, -limit, limit);
  return clamped / (T(1) + exp(-clamped * T(@ + 1)));
}

struct arguments_@ {
  uint rows;
  uint columns;
  uint stride;
  float epsilon;
};

constant float table_@[8] = {0.0f, 0.25f, 0.5f, 1.0f, 1.5f, 2.0f, 3.0f, 4.0f};
"""

BODY = """kernel void NAME(constant arguments_@ &arguments [[buffer(0)]],
                 device const block_@ *weights [[buffer(1)]],
                 device const T *input [[buffer(2)]],
                 device T *output [[buffer(3)]],
                 threadgroup float *shared [[threadgroup(0)]],
                 uint3 group [[threadgroup_position_in_grid]],
                 ushort lane [[thread_index_in_simdgroup]],
                 ushort simdgroup [[simdgroup_index_in_threadgroup]]) {
  threadgroup float partial[32];
  const uint row = group.x;
  if (row >= arguments.rows) return;
  device const T *source = input + row * arguments.stride;
  device T *target = output + row * arguments.columns;
  device const block_@ *blocks = weights + row * (arguments.columns / 16);

  float largest = -INFINITY;
  for (uint i = lane; i < arguments.columns; i += 32) {
    largest = max(largest, float(source[i]));
  }
  largest = simd_max(largest);
  if (lane == 0) {
    partial[simdgroup] = largest;
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  largest = simd_max(partial[lane]);

  float sum = 0.0f;
  float4 dots = 0.0f;
  for (uint i = lane; i < arguments.columns / 16; i += 32) {
    for (short part = 0; part < 4; ++part) {
      float4 weight;
      unpack_@<float4>(blocks + i, part, weight);
      float4 value = float4(source[16 * i + 4 * part], source[16 * i + 4 * part + 1],
                            source[16 * i + 4 * part + 2], source[16 * i + 4 * part + 3]);
      dots += weight * exp(value - largest);
      sum += dot(value.xyz, weight.zyx) + value.w;
    }
  }
  sum = simd_sum(sum + dots.x + dots.y + dots.z + dots.w);
  if (lane == 0) {
    shared[simdgroup] = sum;
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  const float mean = simd_sum(shared[lane]) / float(arguments.columns);
  const float scale = 1.0f / sqrt(mean * mean + arguments.epsilon);

  float2x2 turn = float2x2(float2(mean, -scale), float2(scale, mean));
  for (uint step = 16; step > 0; step /= 2) {
    const float other = simd_shuffle_xor(sum, ushort(step));
    const float2 turned = turn * float2(sum, other);
    if (any(isnan(turned))) {
      break;
    }
    sum = length(turned) * rsqrt(1.0f + float(step));
    turn[1] = fma(turn[0], float2(0.5f), turn[1]);
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (simdgroup == 0) {
    shared[lane] = sum;
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  uint bits = as_type<uint>(shared[lane]);
  for (int round = 0; round < 3; ++round) {
    bits ^= bits << 13;
    bits ^= bits >> 17;
    bits ^= bits << 5;
  }

  for (uint i = lane; i < arguments.columns; i += 32) {
    float value = activate_@<float>(float(source[i]) * scale, 8.0f);
    switch ((i + @) & 3) {
      case 0: value += table_@[i & 7]; break;
      case 1: value = (bits & 1) != 0 ? value : fma(value, scale, mean); break;
      case 2: value = select(value, -value, value < 0.0f); break;
      default: value = mix(value, mean, 0.5f); break;
    }
    target[i] = T(value);
  }
}
"""

TYPES = ("float", "half", "int", "short", "uchar", "uint")


def plain_kernels(count: int) -> str:
    parts = [PRELUDE]
    for family in range(count):
        body = BODY.replace("NAME", "first" if family == 0 else f"plain_{family}")
        parts.append((HELPERS + "\n" + body.replace("T ", "float ").replace("T(", "float(")).replace("@", str(family)))
    return "".join(parts)


def instantiated_kernels(families: int) -> str:
    parts = [PRELUDE]
    for family in range(families):
        body = "template <typename T>\n" + BODY.replace("NAME", "row_@")
        signature = "decltype(row_@<TYPE>) row_@<TYPE>"
        for index, name in enumerate(TYPES):
            host = "first" if family == index == 0 else f"row_{family}_{name}"
            body += f'\ntemplate [[host_name("{host}")]] kernel {signature.replace("TYPE", name)};'
        parts.append((HELPERS + "\n" + body + "\n").replace("@", str(family)))
    return "".join(parts)


SOURCES = {
    "10 lines": TEN_LINES,
    "560 lines": plain_kernels(5),
    "12,000 lines, 600 instantiations": instantiated_kernels(100),
}

# Runs in a process of its own; prints milliseconds for the library, a first and a second pipeline, then the MiB that
# the process holds beside what it held before, and held at most.
CHILD = """
import gc, resource, sys, time
import pymetal
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20
device = pymetal.create_system_default_device()
text = open(sys.argv[1]).read()
before = resident()
times = [time.perf_counter()]
library = device.new_library_with_source(text)
times.append(time.perf_counter())
pipeline = device.new_compute_pipeline_state(library.new_function("first"))
times.append(time.perf_counter())
device.new_compute_pipeline_state(library.new_function(library.function_names[-1]))
times.append(time.perf_counter())
gc.collect()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(*[(b - a) * 1e3 for a, b in zip(times, times[1:])], resident() - before, peak - before)
"""
FIGURES = ("library", "first pipeline", "sum", "second pipeline", "MiB kept", "MiB at most")


def measure(source: Path, cache: Path | None, defers: bool = False) -> list[float]:
    environment = {**os.environ, "PYMETAL_CACHE": "0", "PYMETAL_DEFER_INSTANTIATIONS": str(int(defers))}
    if cache is not None:
        environment |= {"PYMETAL_CACHE": "1", "PYMETAL_CACHE_DIR": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(source)], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    library, first, second, kept, most = map(float, done.stdout.split())
    return [library, first, library + first, second, kept, most]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    parser.add_argument("--processes", type=int, default=7, help="processes for each figure")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        source, cache = Path(folder) / "source.metal", Path(folder) / "cache"
        for name, text in SOURCES.items():
            source.write_text(text, encoding="utf-8")
            modes = [("cold", None, False), ("cached", cache, False)]
            if "host_name" in text:
                modes += [("deferred, cold", None, True), ("deferred, cached", cache, True)]
            for how, used, defers in modes:
                measure(source, used, defers)  # fills the cache, and the page cache
                runs = [measure(source, used, defers) for _ in range(options.processes)]
                medians = [statistics.median(figures) for figures in zip(*runs)]
                results.append({"source": name, "how": how, **dict(zip(FIGURES, medians))})
    if options.json:
        print(json.dumps(results, indent=1))
        return
    print("| source | | " + " | ".join(FIGURES) + " |\n|" + " --- |" * (len(FIGURES) + 2))
    for result in results:
        print(f"| {result['source']} | {result['how']} | " + " | ".join(f"{result[f]:.1f}" for f in FIGURES) + " |")


if __name__ == "__main__":
    main()
