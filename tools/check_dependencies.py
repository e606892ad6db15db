"""Checks the dependency rule: which folder may include which, and who may see LLVM and CUDA.

support <- compiler, lowering <- pipeline <- backend <- api <- python
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

# Folders of src/, lowest first; folders on one level do not see each other.
LEVELS = {"support": 0, "compiler": 1, "lowering": 1, "pipeline": 2, "backend": 3, "api": 4}
LLVM_FOLDERS = ("compiler", "lowering", "pipeline", "backend/cpu", "backend/checked", "backend/simd", "backend/cuda")
# Headers that higher levels read, and that must therefore be free of LLVM.
PLAIN_HEADERS = (
    "backend/backend.h",
    "backend/registry.h",
    "backend/cpu/build_id.h",
    "backend/cpu/code_image.h",
    "backend/cpu/compile_cache.h",
    "backend/cpu/cpu_library.h",
    "backend/cpu/cpu_pipeline.h",
    "backend/cpu/kernel_bytes.h",
    "backend/cpu/kernel_code.h",
    "backend/cpu/loaded_code.h",
    "backend/cpu/toolchain.h",
    "compiler/digest.h",
    "compiler/file_dependency.h",
    "compiler/function_info.h",
    "compiler/library.h",
    "compiler/library_bytes.h",
    "compiler/library_source.h",
)
API_SEES_OF_BACKEND = ("backend/backend.h", "backend/registry.h")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
CUDA_NAME = re.compile(r"\b(?:cu[A-Z]\w+|CU[a-z]\w+|cuda\w*\.h|libcuda\S*)")


def includes(text: str) -> list[str]:
    return INCLUDE.findall(text)


def check_source(name: str, text: str) -> list[str]:
    """Problems of one file of src/, named relative to it."""
    folder = name.split("/")[0]
    if folder not in LEVELS:
        return []
    problems = []
    for included in includes(text):
        target = included.split("/")[0]
        if target in LEVELS and target != folder and LEVELS[target] >= LEVELS[folder]:
            problems.append(f"src/{name} includes {included}, which is not below {folder}/")
        if folder == "api" and target in ("compiler", "lowering", "pipeline"):
            problems.append(f"src/{name} includes {included}; api/ knows the backend alone")
        if folder == "api" and target == "backend" and included not in API_SEES_OF_BACKEND:
            problems.append(f"src/{name} includes {included}; api/ sees {' and '.join(API_SEES_OF_BACKEND)} alone")
        if target in ("llvm", "clang", "lld"):
            if not name.startswith(tuple(f"{allowed}/" for allowed in LLVM_FOLDERS)):
                problems.append(f"src/{name} includes {included}; LLVM belongs to {', '.join(LLVM_FOLDERS)}")
            elif name in PLAIN_HEADERS:
                problems.append(f"src/{name} includes {included}; this header is free of LLVM")
    if not name.startswith("backend/cuda/"):
        problems += [f"src/{name} names {word}; CUDA belongs to backend/cuda" for word in CUDA_NAME.findall(text)]
    return problems


def check_public_header(name: str, text: str) -> list[str]:
    """Problems of one file of include/pymetal/."""
    return [
        f"include/pymetal/{name} includes {included}; public headers need themselves and the standard library alone"
        for included in includes(text)
        if not included.startswith("pymetal/") and ("/" in included or "." in included)
    ]


def check_binding(name: str, text: str) -> list[str]:
    """Problems of one file of python/src/."""
    return [
        f"python/src/{name} includes {included}; the binding sees the public API alone"
        for included in includes(text)
        if included.split("/")[0] in (*LEVELS, "llvm", "clang")
    ]


def check_tree(root: Path) -> list[str]:
    problems = []
    for folder, check in (
        ("src", check_source),
        ("include/pymetal", check_public_header),
        ("python/src", check_binding),
    ):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cpp", ".def"):
                name = path.relative_to(root / folder).as_posix()
                problems += check(name, path.read_text(encoding="utf-8"))
    return problems


def main() -> None:
    problems = check_tree(Path(__file__).parent.parent)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
