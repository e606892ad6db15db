"""The checks find what they are for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import check_dependencies
import check_text


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("compiler/a.cpp", '#include "pipeline/b.h"', "not below compiler/"),
        ("compiler/a.cpp", '#include "lowering/b.h"', "not below compiler/"),
        ("support/a.h", '#include "compiler/b.h"', "not below support/"),
        ("pipeline/a.cpp", '  #  include "backend/backend.h"', "not below pipeline/"),
        ("api/a.cpp", '#include "compiler/library.h"', "api/ knows the backend alone"),
        ("api/a.cpp", '#include "backend/checked/executor.h"', "alone"),
        ("api/a.cpp", '#include "llvm/IR/Module.h"', "LLVM belongs to"),
        ("backend/backend.h", "#include <llvm/IR/Module.h>", "LLVM belongs to"),
        ("backend/cpu/toolchain.h", '#include "clang/AST/Decl.h"', "free of LLVM"),
        ("backend/cpu/a.cpp", "cuLaunchKernel(f);", "CUDA belongs to backend/cuda"),
        ("backend/cpu/a.cpp", "#include <cuda.h>", "CUDA belongs to backend/cuda"),
    ],
)
def test_dependency_problems(name: str, text: str, problem: str) -> None:
    (found,) = check_dependencies.check_source(name, text)
    assert problem in found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pipeline/a.cpp", '#include "compiler/library.h"\n#include "lowering/b.h"\n#include "llvm/IR/Module.h"'),
        ("api/a.cpp", '#include "backend/backend.h"\n#include "pymetal/buffer.h"\n#include <vector>'),
        ("backend/cuda/a.cpp", "cuInit(0);"),
    ],
)
def test_what_is_allowed(name: str, text: str) -> None:
    assert check_dependencies.check_source(name, text) == []


def test_public_headers_and_bindings() -> None:
    assert check_dependencies.check_public_header("a.h", '#include "backend/backend.h"')
    assert check_dependencies.check_public_header("a.h", '#include <memory>\n#include "pymetal/error.h"') == []
    assert check_dependencies.check_binding("a.cpp", '#include "api/range.h"')


def test_the_tree_itself(tmp_path: Path) -> None:
    assert check_dependencies.check_tree(Path(__file__).parent.parent.parent) == []
    bad = tmp_path / "src" / "support"
    bad.mkdir(parents=True)
    (bad / "a.cpp").write_text('#include "api/b.h"\n')
    assert len(check_dependencies.check_tree(tmp_path)) == 1


def test_text_problems() -> None:
    assert check_text.check_text("a.py", "x = 1  # TO" + "DO later\n")
    assert check_text.check_text("docs/adr/1.md", "TO" + "DO\n") == []
    assert check_text.check_text("a.md", "see /ho" + "me/me/file\n")
    assert check_text.check_text("a.cpp", "// What it is.\n" + "\n" * 701)
    assert check_text.check_text("a.cpp", "// Names. (A table.)\n" + "\n" * 701) == []
